"""The proof by sound in words: each step as it happens, with its figures."""

from vauchi_tui.actions import exchange_events as events
from vauchi_tui.model.contact import metres
from vauchi_tui.ui.widgets.steps import Steps

SoundEvent = events.Listening | events.Heard | events.AttemptFailed | events.Nearby


def tell(steps: Steps, event: SoundEvent) -> None:
    """Show what happened."""
    match event:
        case events.Listening():
            words = f"Listening, attempt {event.attempt} of {events.ATTEMPTS}: hold the two side by side and still"
            steps.instead(words)
        case events.Heard():
            steps.instead(f"Heard the other device, {event.snr_db:.0f} dB; measuring the distance")
        case events.AttemptFailed() if event.attempts_left:  # of the last one Failed tells
            steps.missed(f"Attempt {event.attempt}: {event.refusal.title}", event.refusal.hint)
        case events.Nearby():
            steps.came(f"{metres(event.distance_m)} apart, heard at {event.snr_db:.0f} dB")
