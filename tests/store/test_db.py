def test_x(each_store, pg_url, crypt):
    assert crypt.open(crypt.seal(b"x")) == b"x"
    print(each_store.main.url, pg_url)
