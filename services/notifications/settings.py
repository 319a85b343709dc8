"""The knobs of notifications, each an environment variable with the prefix `KINERJA_`."""

from decimal import Decimal
from typing import Literal

from pydantic import Field, HttpUrl, SecretStr

from services.kit.dsn import Dsn
from services.kit.settings import ProcessSettings


class NotificationsSettings(ProcessSettings):
    """What the notifications process reads from its environment."""

    notifications_dsn: Dsn = Field(description="PostgreSQL address with the role `notifications`.")
    notifications_host: str = Field("127.0.0.1", description="Address to listen on.")
    notifications_port: int = Field(8003, ge=0, le=65535, description="Port to listen on; 0 for any free one.")
    notifications_token: SecretStr = Field(
        SecretStr(""), description="Bearer token for ingest, which may send `action.recorded.v1`."
    )
    notifications_member: str = Field(
        "notifications-1", description="Static name in the consumer group: unique, kept at restarts."
    )
    notifications_readers: int = Field(
        6, ge=1, description="Requests that use the database at once; seven connections come on top."
    )
    ingest_url: HttpUrl = Field(HttpUrl("http://127.0.0.1:8001"), description="Where actions are sent.")
    public_url: HttpUrl | None = Field(None, description="Base of the links in messages; default: this process's own.")
    false_alarms_a_year: Decimal = Field(
        Decimal("0.25"),
        gt=0,
        le=1,
        description="False alarms per stream and year: the one number behind every threshold.",
    )
    detection_settle_s: float = Field(
        2.0, ge=0, description="Detection waits until no closed day has changed for so long, in seconds."
    )
    detection_patience_s: float = Field(60.0, gt=0, description="It waits no longer than this, in seconds.")
    smtp_host: str = Field("", description="Mail relay; empty: messages wait.")
    smtp_port: int = Field(25, ge=1, le=65535, description="Its port.")
    smtp_user: str | None = Field(None, description="User at the relay, if it wants one.")
    smtp_password: SecretStr | None = Field(None, description="Its password.")
    smtp_tls: Literal["none", "starttls", "tls"] = Field("none", description="How the connection is protected.")
    smtp_timeout_s: float = Field(20.0, gt=0, description="Longest wait for the relay, in seconds.")
    mail_from: str = Field("Kinerja <kinerja@localhost>", description="Sender of messages.")
    mail_tries: int = Field(24, ge=1, description="Attempts before a message is given up, over about a day.")

    @property
    def link_base(self) -> str:
        """The address before the path of every link, without a slash at the end."""
        own = f"http://{self.notifications_host}:{self.notifications_port}"
        return str(self.public_url or own).rstrip("/")
