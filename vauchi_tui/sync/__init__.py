"""What brings changes to other people and theirs here: outbox, inbox, relay client and the worker around them."""
