from vauchi_tui.relay.window import Window


def sent(*numbers: int) -> Window:
    window = Window()
    for number in numbers:
        window.sent(number)
    return window


def test_eight_messages_fit() -> None:
    assert Window().room == 8
    assert sent(*range(1, 9)).room == 0


def test_room_comes_only_from_what_was_sent() -> None:
    window = sent(3, 7, 9)
    assert not window.free(2)
    assert window.room == 5
    window.free(7)
    assert window.room == 7
    window.free(2**64 - 1)
    assert (window.room, window.after) == (8, 9)


def test_freeing_matters_only_when_something_waits() -> None:
    window = sent(*range(1, 9))
    assert not window.free(1)
    window.behind = True
    assert window.free(2)


def test_the_end_comes_after_the_last_message_of_the_backlog() -> None:
    window = Window()
    window.expect_end(2)
    window.sent(1)
    assert window.take_ends(exhausted=False) == 0
    window.sent(2)
    assert window.take_ends(exhausted=False) == 1
    assert window.take_ends(exhausted=True) == 0


def test_the_end_comes_when_another_device_emptied_the_mailbox() -> None:
    window = Window()
    window.expect_end(5)
    assert window.take_ends(exhausted=True) == 1


def test_every_subscribe_gets_its_end() -> None:
    window = Window()
    window.expect_end(1)
    window.expect_end(2)
    window.sent(1)
    assert window.take_ends(exhausted=False) == 0
    window.sent(2)
    assert window.take_ends(exhausted=False) == 2
