"""Somebody who was met by one device: his card on the other, as soon as the first one has it."""

from pathlib import Path

from sync_people import Clock, Person, Post, link, meet


def test_a_card_that_has_come_to_one_device_is_not_told_as_news_on_the_other(tmp_path: Path) -> None:
    clock, post = Clock(), Post()
    alice, bob = Person("Alice", tmp_path, clock), Person("Bob", tmp_path, clock)
    laptop = link(bob, "laptop")
    alice.set("phone", "555-1111111")

    def between_bobs() -> None:
        for _ in range(3):
            for one in (bob, laptop):
                one.flush()
                one.send(post)
            for one in (laptop, bob):
                one.read(post)

    between_bobs()
    meet(alice, bob, grants=["phone"])
    bob.flush()
    bob.send(post)
    laptop.read(post)
    assert laptop.sees(alice) == {} and not laptop.contact(alice).confirmed

    for _ in range(2):
        for one in (alice, bob):
            one.flush()
            one.send(post)
            one.read(post)
    between_bobs()
    assert laptop.sees(alice) == bob.sees(alice) == {"phone": "555-1111111"}
    assert laptop.contact(alice).confirmed

    for _ in range(4):
        for one in (alice, bob, laptop):
            one.flush()
            one.send(post)
            one.read(post)
    with laptop.vault.read() as tx:
        assert [row.text for row in tx.history.recent() if row.kind == "update"] == []
