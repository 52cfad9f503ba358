#!/usr/bin/env python3
"""Makes hash-tree.json from the text of docs/format/vault-v1.md, section 6, and from nothing else of this project."""
import hashlib
import hmac
import json
import pathlib

KEY = bytes(range(32))


def lp(*fields):
    return b"".join(len(f).to_bytes(4, "big") + f for f in fields)


def path_of(name):
    return hmac.new(KEY, name.encode(), hashlib.sha256).digest()


def record_of(name):
    return hashlib.sha256(b"record of " + name.encode()).digest()


def node_digest(path, data):
    return hashlib.sha256(lp(b"strongroom/v1", b"tree-node", path.encode(), data)).digest()


def tree(records, path="", rows=None):
    """records: {hash: digest}. Gives (digest, rows), rows being {path: bytes}."""
    rows = {} if rows is None else rows
    if not records:
        return bytes(32), rows
    if len(records) <= 16:
        data = b"\x00" + len(records).to_bytes(4, "big") + b"".join(h + records[h] for h in sorted(records))
    else:
        bitmap, children = 0, b""
        for nibble, digit in enumerate("0123456789abcdef"):
            below = {h: d for h, d in records.items() if h.hex()[len(path)] == digit}
            if below:
                bitmap |= 1 << nibble
                children += len(below).to_bytes(4, "big") + tree(below, path + digit, rows)[0]
        data = b"\x01" + bitmap.to_bytes(2, "big") + children
    rows[path] = data
    return node_digest(path, data), rows


def vector(count):
    names = [f"name/{i}" for i in range(count)]
    root, rows = tree({path_of(n): record_of(n) for n in names})
    everything = hashlib.sha256(b"".join(lp(p.encode(), rows[p]) for p in sorted(rows))).hexdigest()
    return {"count": count, "root": root.hex(), "rows": len(rows), "rows_sha256": everything,
            "nodes": {p: rows[p].hex() for p in sorted(rows)} if count <= 17 else None}


def main():
    vectors = {"index_key": KEY.hex(), "path_of_name_0": path_of("name/0").hex(), "trees": [vector(n) for n in (0, 1, 2, 15, 16, 17, 40, 257, 5000)]}
    target = pathlib.Path(__file__).with_name("hash-tree.json")
    target.write_text(json.dumps(vectors, indent=1) + "\n")


if __name__ == "__main__":
    main()
