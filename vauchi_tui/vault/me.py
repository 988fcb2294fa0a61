"""Oneself: the identity, this device's keys, the list of own devices."""

from typing import TYPE_CHECKING

from vauchi_tui.crypto.primitives import SigningKey, dh_from_private
from vauchi_tui.model.registers import DISPLAY_NAME
from vauchi_tui.vault.card import CardTable
from vauchi_tui.vault.rows import Connection, Row, damaged, one, stored
from vauchi_tui.vault.settings import SettingsTable

if TYPE_CHECKING:
    from vauchi_tui.protocol.devices import DeviceList, OwnDevice, OwnPerson

RELAY_SETTING = "relay"


class MeTable:
    """`tx.me`. Everything but `create` raises ProfileError where the profile has no identity."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def create(
        self, identity_seed: bytes | None, device_signing_seed: bytes, static_private: bytes, device_list_raw: bytes
    ) -> None:
        """Store who we are, once. `identity_seed` is None on a device that is not the primary one."""
        from vauchi_tui.protocol.devices import DeviceList, device_id

        devices = DeviceList.decode(device_list_raw)
        signing = SigningKey(device_signing_seed)
        if devices.find(device_id(signing.public)) is None:
            raise ValueError("the list of own devices must name this device")
        if identity_seed is not None and SigningKey(identity_seed).public != devices.identity:
            raise ValueError("the list of own devices belongs to another identity")
        self._connection.execute(
            "INSERT INTO me (one, identity, identity_seed, signing_seed, static_private, device_id, device_list) "
            "VALUES (1, ?, ?, ?, ?, ?, ?)",
            (
                devices.identity,
                identity_seed,
                device_signing_seed,
                static_private,
                device_id(signing.public),
                device_list_raw,
            ),
        )

    def exists(self) -> bool:
        return one(self._connection, "SELECT 1 FROM me") is not None

    def device(self) -> "OwnDevice":
        """This device's keys."""
        from vauchi_tui.protocol.devices import OwnDevice

        identity, signing_seed, static_private = self._row("identity, signing_seed, static_private")
        with stored("this device's keys"):
            return OwnDevice(identity, SigningKey(signing_seed), dh_from_private(static_private))

    def person(self) -> "OwnPerson":
        """What an exchange needs of us: keys, device list, the card's name, the relay of the settings."""
        from vauchi_tui.protocol.devices import OwnPerson

        return OwnPerson(
            self.device(),
            self.devices(),
            CardTable(self._connection).registers().text(DISPLAY_NAME),
            SettingsTable(self._connection).get(RELAY_SETTING),
        )

    def devices(self) -> "DeviceList":
        """The list of own devices."""
        from vauchi_tui.protocol.devices import DeviceList

        (raw,) = self._row("device_list")
        with stored("the list of your devices"):
            return DeviceList.decode(raw)

    def identity(self) -> bytes:
        """The public identity key, 32 bytes."""
        return bytes(self._row("identity")[0])

    def device_id(self) -> bytes:
        """This device's id, 16 bytes."""
        return bytes(self._row("device_id")[0])

    def identity_key(self) -> SigningKey | None:
        """The identity's signing key; None on a device that is not the primary one."""
        (seed,) = self._row("identity_seed")
        return None if seed is None else SigningKey(seed)

    def set_device_list(self, raw: bytes) -> None:
        """Replace the list of own devices; the caller has checked that it supersedes the stored one."""
        from vauchi_tui.protocol.devices import DeviceList

        if DeviceList.decode(raw).identity != self.identity():
            raise ValueError("the list of own devices belongs to another identity")
        self._connection.execute("UPDATE me SET device_list = ?", (raw,))

    def _row(self, columns: str) -> Row:
        row = one(self._connection, f"SELECT {columns} FROM me")
        if row is None:
            raise damaged("your identity")
        return row
