# vocbot in one container. Build the wheel first: make wheel && docker build -t vocbot .
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

COPY constraints.txt dist/vocbot-*.whl /tmp/vocbot/
RUN pip install --constraint /tmp/vocbot/constraints.txt /tmp/vocbot/vocbot-*.whl \
    && rm -r /tmp/vocbot \
    && useradd --system --uid 10001 --no-create-home --home-dir /data vocbot \
    && install --directory --owner=vocbot --group=vocbot --mode=0700 /data

# vocbot.yaml goes here, with web.host: 0.0.0.0 and web.port: 8080; vocbot-data/ with databases and key is made beside it.
USER vocbot
WORKDIR /data
VOLUME /data
EXPOSE 8080

HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "from http.client import HTTPConnection as C; c = C('127.0.0.1', 8080, timeout=4); c.request('GET', '/health'); raise SystemExit(c.getresponse().status != 200)"]

CMD ["vocbot", "serve"]
