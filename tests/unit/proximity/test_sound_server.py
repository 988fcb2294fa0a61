"""What stands behind the one device that ALSA shows is asked of the sound server; a script plays `pactl`."""

from pathlib import Path

import pytest
from sound_cards import LAPTOP, PortAudio

from vauchi_tui.proximity import devices, sound_server
from vauchi_tui.proximity.devices import Role, SoundUnavailable, choose
from vauchi_tui.proximity.sound_server import Endpoint, microphone, speaker

PACTL = """#!/bin/sh
case "$*" in
get-default-source) echo mic ;;
get-default-sink) echo speaker ;;
"list short sources") printf '%s' "$SOURCES" ;;
"list short sinks") printf '%s' "$SINKS" ;;
*) exit 1 ;;
esac
"""


@pytest.fixture
def pactl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    script = tmp_path / "pactl"
    script.write_text(PACTL)
    script.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("SOURCES", "0\tother\tx.c\ts16le 2ch 48000Hz\tIDLE\n1\tmic\tx.c\ts16le 1ch 16000Hz\tIDLE\n")
    monkeypatch.setenv("SINKS", "0\tspeaker\tPipeWire\tfloat32le 2ch 48000Hz\tSUSPENDED\n")
    for name in ("PULSE_SOURCE", "PULSE_SINK"):
        monkeypatch.delenv(name, raising=False)
    return script


def test_the_servers_choice_and_its_rate_are_read(pactl: Path) -> None:
    assert (microphone(), speaker()) == (Endpoint("mic", 16_000), Endpoint("speaker", 48_000))


def test_the_environment_chooses_before_the_server(pactl: Path) -> None:
    assert microphone({"PULSE_SOURCE": "other"}) == Endpoint("other", 48_000)
    assert speaker({"PULSE_SINK": "elsewhere"}) == Endpoint("elsewhere", None)


@pytest.mark.parametrize(
    "said", ["", "\n", "1\tmic\n", "1\tmic\tx.c\ts16le 1ch many\tIDLE\n", "1\tmic\tx.c\t \tIDLE\n"]
)
def test_what_cannot_be_read_is_not_known(pactl: Path, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv("SOURCES", said)
    assert microphone() == Endpoint("mic", None)


@pytest.mark.parametrize("script", [None, "#!/bin/sh\nexit 1\n", "#!/bin/sh\nprintf '\\377\\n'\n", "no program"])
def test_without_an_answer_nothing_is_known(pactl: Path, monkeypatch: pytest.MonkeyPatch, script: str | None) -> None:
    monkeypatch.setenv("PATH", str(pactl.parent))
    if script is None:
        pactl.unlink()
    else:
        pactl.write_text(script)
    assert microphone() is None


def test_a_server_that_hangs_is_not_waited_for(pactl: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pactl.write_text("#!/bin/sh\nexec sleep 60\n")
    monkeypatch.setattr(sound_server, "_PATIENCE_SECONDS", 0.1)
    assert speaker() is None


@pytest.fixture
def portaudio(monkeypatch: pytest.MonkeyPatch) -> PortAudio:
    fake = PortAudio([LAPTOP | {"name": "default"}], api="ALSA")
    monkeypatch.setattr(devices, "portaudio", lambda: fake)
    monkeypatch.setattr(sound_server, "speaker", lambda: Endpoint("alsa_output.pci-0000_00_1f.3.analog-stereo", 48_000))
    return fake


@pytest.mark.parametrize(
    ("served", "words"),
    [
        (Endpoint("bluez_input.00_11_22_33_44_55.0", None), "system’s microphone is a Bluetooth device"),
        (Endpoint("alsa_input.usb-Old_Webcam", 16_000), "system’s microphone runs at 16,000 Hz"),
    ],
)
def test_a_headset_behind_the_server_is_refused_with_a_remedy(
    portaudio: PortAudio, monkeypatch: pytest.MonkeyPatch, served: Endpoint, words: str
) -> None:
    monkeypatch.setattr(sound_server, "microphone", lambda: served)
    with pytest.raises(SoundUnavailable, match=words) as refused:
        choose()
    assert "sound settings of the system" in refused.value.hint
    portaudio.found = [LAPTOP | {"name": "HDA Intel PCH: ALC257 Analog (hw:0,0)"}]
    assert choose().input.name.startswith("HDA")  # not the server's: nothing to ask


@pytest.mark.parametrize("served", [None, Endpoint("alsa_input.pci-0000_00_1f.3.analog-stereo", 44_100)])
def test_a_built_in_microphone_behind_the_server_and_a_server_that_tells_nothing_are_taken(
    portaudio: PortAudio, monkeypatch: pytest.MonkeyPatch, served: Endpoint | None
) -> None:
    monkeypatch.setattr(sound_server, "microphone", lambda: served)
    assert choose().rate == 48_000
    assert devices.find(Role.MICROPHONE, "default").name == "default"
