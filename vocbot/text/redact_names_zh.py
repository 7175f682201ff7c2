"""Finds Chinese personal names that stand beside a cue: 我叫, 收货人, 客服 … 态度, … 师傅, … 女士.

A name of two or three characters looks like any word, so a free-standing one is left alone: guessing would eat
the words a ticket needs. Surname, given name and what follows must fit together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vocbot.text.redact_view import Span

_SURNAMES = frozenset(
    "赵钱孙李周吴郑王冯陈卫蒋沈韩杨朱秦许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章苏潘葛范彭郎鲁韦马苗凤方俞任袁柳鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬"
    "安常乐于傅卞齐康伍余元顾孟黄穆萧尹姚邵汪祁毛狄臧戴谈宋庞熊纪舒屈项祝董梁杜阮蓝闵席季贾路江童颜郭梅林钟徐邱骆高夏蔡田樊胡凌白付霍虞万柯卢莫房裘缪丁"
    "宣邓杭洪包左石崔吉龚程邢裴陆荣翁荀甄曲靳段侯武刘景詹龙叶黎蒲卓蔺屠蒙池乔胥翟谭姬申冉桑桂牛寿尚温庄晏柴瞿阎慕连艾向古易廖耿匡寇欧沃师巩聂晁敖冷"
    "辛简饶曾沙丰关蒯查游盖肖闫覃涂岳佘麦仇佟楼闻时展仲阳车覃宫庹苟楚佴隋邝鄢占原"
    "趙錢孫許衛蔣韓楊張嚴華謝鄒蘇魯馬賀羅畢齊顧黃蕭湯談龐紀項閔賈顏鐘駱萬盧龔陸榮劉葉蒙喬譚莊閻連聶饒關龍鄭陳馮吳鮑費"
)
_DOUBLE_SURNAMES = frozenset(
    "欧阳 司马 上官 诸葛 慕容 东方 夏侯 皇甫 尉迟 公孙 令狐 宇文 长孙 司徒 南宫 端木 独孤 轩辕 歐陽 司馬 諸葛".split()
)
#: What common given names are made of. A role (客服) or a title (师傅) makes a name only of these.
_GIVEN = frozenset(
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华建国文玉兰志浩宇轩子涵雨欣梓萱思远嘉怡晨曦佳琪若曦一诺红梅丹琳玲莉萍燕倩婷雪慧颖莹琴云凤洁珍贞菊香"
    "月莲翠雅芝瑞凡春海波宁贵福生龙元胜学祥才发武新利清飞彬富顺信峰亮政谦亨朗伯宏言鸣朋斌梁栋维启克伦翔旭鹏泽辰士家炎德泰盛雄琛钧冠策腾榕航弘俊峻义兴良"
    "山仁康星光天达安岩茂进林坚彪博诚敬震振壮群豪邦承乐绍功松善厚庆民友裕河哲江梦瑶璐蕾薇菲妍馨岚苑婕瑾爽婉姣琬芬咏荷黛媛娇琼荔艺仪蓉眉君晶羽希飘育滢馥筠柔"
    "竹霭凝晓枫芸寒伊亚宜姬舒影姗珊蔚菁晴昊晟睿煜烨翊铭皓熙然毅恒昌成中东根水金锋钢铁荣根宝长永树立世传继先正全小大淑素彩惠巧爱玫琦瑜璇珠珂钰铃锦钊钦鑫森焱"
    "垚淼磊昕昱晖映晗曼曙朝柏桐楠楚欢毓沛沁沐泓洪津洲浪润涌淇渊湘溪滨潇瀚炜炳焕煊爵玮珏珑理琰瑛璟甜畅百益盈睦石秋科程穆童章笑筱籽纯练纲绮缘美翰耀聪胤自舟苗茗茜"
    "荃莎莺菡萌葵蒙蓓蓝蕴虎虹蝶行衡西诗语谊豫贝贤赫超越跃轲辉迅运迪逸道邵郁采野铎锐锡镇阳陆陶隆雁雯霄霏露青靖韬韵音顶顺颂颢风飒骁骏高魁鸿鹤鹭麒麟黎默齐北海卫双军"
    "偉麗強軍艷傑濤剛華國蘭軒諾紅鳳潔貞蓮寶貴龍勝學發飛順鵬澤義興達進堅誠震壯樂慶夢嬌瓊藝曉蕓鋒鋼鐵榮東長傳健宗彤瑾怀佩柱棋奕斐懿歆翎芷茵蔓莘蕙葳芮苒菀钒锟镕隽霆霁靓颀骅骥鹃繼愛鈺錦鑫歡潤淵濱瀟煥瑋暢縈緣聰蘋輝運鴻麟齊雙"
)
_NEVER_GIVEN = frozenset(
    "的了是在不我你您他她它们這那这就都也很吗呢吧啊哦呀嘛跟给被把让说没要到去个些什么怎但还又再只每各哪谁几先女师小姐和与"
)
#: Second characters that make a surname begin an ordinary word: 高兴, 马上, 严重, 金牌.
_WORDS = {
    "高": "兴级度速档手中大端考层温新分质品峰铁贵效压效个", "马": "上路达", "严": "重格肃厉谨密实", "金": "额钱牌属融卡色融星", "方": "便面法式案向才",
    "安": "全排装心慰静置检抚卓", "常": "常见用规识温客", "许": "多久", "何": "时必况处等苦以人", "任": "何务意性", "时": "间候长常刻不",
    "于": "是", "万": "一分事能达科", "谢": "谢", "周": "到末边围一二三四五六日年期", "黄": "色金牛", "白": "色", "毛": "病",
    "温": "度柔馨和暖水", "向": "来前我您他", "包": "装括裹含子邮", "项": "目", "钱": "包", "余": "额下", "路": "上过线途边口", "关": "于系心注机门闭键掉",
    "程": "序度", "章": "程", "纪": "念律录", "童": "装年鞋", "颜": "色值", "夏": "天季", "冷": "漠冰静淡门了的", "辛": "苦", "简": "直单易", "曾": "经",
    "连": "续接锁忙", "游": "戏客泳", "查": "询看找到不明", "车": "子辆上主间票位型险", "单": "独子", "成": "功", "费": "用劲",
    "景": "区点色", "武": "汉", "江": "苏西南", "牛": "奶肉逼", "石": "头家", "龙": "虾头", "华": "为", "元": "旦", "易": "碎", "尚": "未且品",
    "康": "复师", "宫": "保", "楼": "上下主层梯道", "阳": "光台", "原": "来因价装先", "占": "用线", "师": "傅", "欧": "洲", "席": "位", "乐": "意于园趣",
    "房": "间东子价", "古": "代", "季": "度节", "段": "时", "毕": "竟业", "申": "请诉", "顾": "客虑问", "应": "该", "卫": "生", "舒": "服适",
    "丰": "富盛", "麦": "当", "沙": "发拉", "施": "工", "艾": "特", "闻": "到", "展": "示开", "田": "园", "洪": "水", "汤": "都洒汁", "柴": "油",
    "史": "上", "梅": "西", "宣": "传称布", "祝": "你您好福", "左": "右边", "牟": "利", "苗": "条", "花": "费", "范": "围", "唐": "山",
    "谈": "清到好过妥", "付": "款费钱了出完账过给清", "林": "区肯", "秦": "皇", "梁": "山", "楚": "的", "池": "子", "蓝": "色牙", "雷": "同人", "叶": "子", "凤": "凰", "张": "口嘴贴",
}  # fmt: skip
#: Characters that make a surname end an ordinary word: 对于, 谢谢, 任何.
_WORD_ENDS = {
    "于": "对由关至终属位等出", "谢": "谢感多", "方": "对官商双地", "金": "现押定资", "时": "小按准同当及", "高": "不很太", "常": "非经平", "何": "任如为",
    "安": "保", "钱": "花给付", "程": "全工课流", "段": "时阶", "温": "保", "余": "其", "向": "一方", "万": "一", "费": "运小",
}  # fmt: skip
_FOLLOWS = frozenset(
    "态说的是在就也不很太特非真一给帮让跟和与同对把被接送打电手先女小师经老我你您他她这那都还没今昨服解处回告挂骂敷推拒热耐专表到来去住身车地联号客员人已又总只全没要会能负责"
)
_ROLE = "客服|骑手|店员|服务员|营业员|导购|快递员|外卖员|配送员|送餐员|收银员|销售|顾问|店长|司机|业务员|理财经理|客户经理|工作人员|老师|医生|护士|客服经理|技师|维修工|安装工"
_STRONG = re.compile(
    r"(?:我叫|本人叫|名叫|名字叫|姓名|收货人|收件人|联系人|寄件人|签收人|提货人|取件人|预订人|投诉人|反馈人|经手人|负责人|持卡人|开户名|户名|户主|车主|乘客|乘车人|患者|入住人|投保人|"
    r"被保险人|署名|收貨人|聯繫人|聯絡人)(?:姓名|名字|名)?(?:是|为|叫)?[:： ]{0,3}"
)
_SELF = re.compile("我(?:是|姓)|免贵姓")
_ROLES = re.compile(
    rf"(?:{_ROLE})(?:人员|小哥|小姐姐|专员|经理|小妹|姑娘|大姐)?(?:名字)?(?:是|叫|名叫|:|：| |-){{0,2}}"
)
_TITLE = re.compile(
    "先生|女士|小姐(?!姐)|师傅|師傅|经理|經理|主任|老师|老師|医生|醫生|大夫|律师|警官|主管|店长|总监|专员|教练|大姐|大哥|阿姨|同志|老板(?!娘)"
)
_BEFORE_A_NAME = re.compile(
    "(?:找|是|叫|的|跟|和|给|让|被|向|问|到|位|由|请|谢|谢谢|感谢|多亏|客服|骑手|外卖|快递|员|店长|经理|投诉|表扬|遇到|联系|认识|个|看|说|听|与|对|因为|为|了|在|把|约|换|来|等|催|见|"
    "小|老|姓|叫做|夸|赞|点名|工号)$"
)
_LATIN = re.compile(r"[A-Z][a-z]{1,15}(?: [A-Z][a-z]{1,15}){0,2}(?![A-Za-z0-9])")
_DOTTED = re.compile("[\u4e00-\u9fff]{1,7}(?:·[\u4e00-\u9fff]{1,8}){1,3}")
_SIGN = re.compile("[叫姓人户戶主客者是员員手机顾销先女小师師经經任老医醫大律警管店总专教阿同][\u4e00-\u9fffA-Z:： ]")


def find_names_zh(chars: str) -> list[Span]:
    """Chinese names after and before cues in a view, ordered, apart from each other."""
    if not _SIGN.search(chars):
        return []
    spans: list[Span] = []
    for start, end in sorted((*_after_labels(chars), *_after_roles(chars), *_before_titles(chars))):
        if not spans or start >= spans[-1][1]:
            spans.append((start, end, "NAME"))
    return spans


def _han(chars: str, at: int) -> bool:
    return "\u4e00" <= chars[at : at + 1] <= "\u9fff"


def _surname(chars: str, at: int) -> int:
    """How long the surname at a position is: 0, 1 or 2 characters."""
    if chars[at : at + 2] in _DOUBLE_SURNAMES:
        return 2
    return int(chars[at : at + 1] in _SURNAMES and chars[at + 1 : at + 2] not in _WORDS.get(chars[at], ""))


def _after_labels(chars: str) -> Iterator[tuple[int, int]]:
    for cue in _STRONG.finditer(chars):
        at = cue.end()
        if foreign := _LATIN.match(chars, at) or _DOTTED.match(chars, at):
            yield foreign.span()
        elif end := _name(chars, at, strict=False) or _nickname(chars, at):
            yield at, end
    for cue in _SELF.finditer(chars):
        at = cue.end()
        surname = _surname(chars, at)
        if chars[cue.start() - 1 : cue.start()] == "不":
            continue
        if cue.group()[-1] == "姓":
            if surname:
                yield at, at + surname
            continue
        for end in (at + surname + 2, at + surname + 1):
            # 我是温州人, 我是常客: what people are, not who they are.
            if surname and end <= len(chars) and not _han(chars, end) and _given(chars[at + surname : end]):
                yield at, end
                break


def _after_roles(chars: str) -> Iterator[tuple[int, int]]:
    for cue in _ROLES.finditer(chars):
        at = cue.end()
        if foreign := _LATIN.match(chars, at):
            yield foreign.span()
        elif end := _name(chars, at, strict=True) or _nickname(chars, at):
            yield at, end


def _before_titles(chars: str) -> Iterator[tuple[int, int]]:
    for title in _TITLE.finditer(chars):
        end = title.start()
        for size in (3, 2, 4, 1):
            start = end - size
            surname = _surname(chars, start) if start >= 0 else 0
            if not surname or surname > size or not all(_han(chars, i) for i in range(start, end)):
                continue
            if start and chars[start - 1] in _WORD_ENDS.get(chars[start], ""):
                continue
            clear = start == 0 or not _han(chars, start - 1) or _BEFORE_A_NAME.search(chars, max(0, start - 3), start)
            given = chars[start + surname : end]
            if not given and chars[start] == "祝":
                continue  # 祝老板生意兴隆
            # 昨天冯刚娟师傅: no cue on the left, but a surname that begins no ordinary word.
            if (clear or (given and surname == 1 and chars[start] not in _WORDS)) and _given(given):
                yield start, end
                break


def _given(given: str) -> bool:
    return len(given) <= 2 and all(c in _GIVEN for c in given)


def _name(chars: str, at: int, strict: bool) -> int | None:
    """Where the full name at a position ends. Not strict: after a label any characters will do that can be a name."""
    surname = _surname(chars, at)
    full = chars[at : at + 3]
    if not strict and len(full) == 3 and full[0] in _SURNAMES and _given(full[1:]) and not _han(chars, at + 3):
        return at + 3  # 收货人周一晨，: the end of the clause outweighs 周一
    if not surname:
        return None
    for size in (2, 1):
        end = at + surname + size
        given = chars[at + surname : end]
        fits = _given(given) if strict else not _NEVER_GIVEN.intersection(given) and all(map(_is_han, given))
        if len(given) == size and fits and (not _han(chars, end) or chars[end] in _FOLLOWS):
            return end
    for size in (2,) if strict else (2, 1):
        given = chars[at + surname : at + surname + size]
        if len(given) == size and _given(given):
            return at + surname + size
    return None


def _is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


def _nickname(chars: str, at: int) -> int | None:
    """小王, 老李, 阿强 before the end of a clause or a word that goes on about them."""
    end = at + 2
    known = chars[at : at + 1] in ("小", "老", "阿") and chars[at + 1 : end] in _SURNAMES | _GIVEN
    if known and chars[end - 1 : end] and (not _han(chars, end) or chars[end] in _FOLLOWS):
        return end
    return None
