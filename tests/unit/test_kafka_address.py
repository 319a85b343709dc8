"""One address says where Kafka is and who we are to it."""

import pytest
from pydantic import TypeAdapter, ValidationError

from services.kit.kafka_address import KafkaAddress, client_options, servers_of, user_of, with_user

ADDRESS = TypeAdapter[str](KafkaAddress)


def test_without_a_user_nothing_is_proved() -> None:
    """As on a broker that lets in everybody."""
    assert client_options("a:1,b:2") == {"bootstrap_servers": "a:1,b:2"}


def test_a_user_proves_who_it_is() -> None:
    """By SCRAM; what may be told holds neither name nor password."""
    options = client_options("us:secret@a:1,b:2")
    assert options["bootstrap_servers"] == servers_of("us:secret@a:1,b:2") == "a:1,b:2"
    assert (options["security_protocol"], options["sasl_mechanism"]) == ("SASL_PLAINTEXT", "SCRAM-SHA-512")
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("us", "secret")


@pytest.mark.parametrize("password", ["a:b", "a@b", "a,b/c", "100%", "päss wörd"])
def test_every_password_can_be_written(password: str) -> None:
    """Letters that the address gives a meaning are encoded."""
    assert user_of(ADDRESS.validate_python(with_user("a:1", "us", password))) == ("us", password)


@pytest.mark.parametrize("address", ["", "a", "a:", "a:0", "a:65536", ":1", "a:1,", "a:1;b:2", "us@a:1", ":secret@a:1"])
def test_what_no_client_could_use_is_refused_with_the_form(address: str) -> None:
    """A start with it would only wait."""
    with pytest.raises(ValidationError, match=r"\[user:password@\]host:port"):
        ADDRESS.validate_python(address)


def test_a_refusal_does_not_repeat_the_password() -> None:
    """It ends up in terminals and logs."""
    with pytest.raises(ValidationError) as refused:
        ADDRESS.validate_python("us:secret@nowhere")
    assert "secret" not in refused.value.errors()[0]["msg"]


@pytest.mark.parametrize("address", ["kafka:9092", "10.0.0.1:1,10.0.0.2:65535", "[::1]:9092", "u:p@a.b-c:9092, d:1"])
def test_addresses_of_every_kind_are_taken(address: str) -> None:
    """Names, numbers of both lengths, several of them."""
    assert ADDRESS.validate_python(address) == address
