import pytest

from qa_system.errors import SettingsError
from qa_system.stores.elasticsearch.address import parse_address


@pytest.mark.parametrize(
    ("url", "hosts", "index"),
    [
        ("https://es", ("https://es:9200",), "reviews"),
        ("http://127.0.0.1:33/shop", ("http://127.0.0.1:33",), "shop"),
        ("https://a:1, https://b:2/shop/", ("https://a:1", "https://b:2"), "shop"),
        ("https://[::1]:9200", ("https://[::1]:9200",), "reviews"),
    ],
)
def test_an_address_is_read_and_shown(url: str, hosts: tuple[str, ...], index: str) -> None:
    address = parse_address(url, "reviews")
    assert (address.hosts, address.index) == (hosts, index)
    assert parse_address(str(address), "other") == address


@pytest.mark.parametrize("url", ["https://user:pw@es", "https://key@es", "https://a:1,https://u:pw@b:2"])
def test_a_secret_in_the_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(SettingsError, match="ELASTIC_PASSWORD") as error:
        parse_address(url, "reviews")
    assert "pw@" not in str(error.value)


@pytest.mark.parametrize(
    "url", ["es:9200", "ftp://es", "https://", "https://es:99999", "https://es/Upper", "https://es/a/b"]
)
def test_what_is_no_address_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(SettingsError, match="https://es"):
        parse_address(url, "reviews")
