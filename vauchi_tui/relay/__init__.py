"""The mailbox server. It knows frames, addresses and blobs, and nothing else of vauchi."""
