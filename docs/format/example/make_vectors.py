#!/usr/bin/env python3
"""Makes the example vault and the test vectors of Strongroom vault format 1.

Written from ../vault-v1.md alone, so that code and page can be held against a third party. Everything random is drawn from a fixed seed: running this again
changes nothing. Needs the packages cryptography and argon2-cffi (Debian: python3-cryptography, python3-argon2).

    python3 make_vectors.py            writes example.vault.json, its audit folder, the key files and vectors.json beside this file
    python3 make_vectors.py --check    compares with what is there and fails when it differs
"""
import base64
import hashlib
import hmac
import json
import pathlib
import struct
import sys

from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

HERE = pathlib.Path(__file__).resolve().parent
PASSPHRASE = "three brass keys under the old mill"


# ---------------------------------------------------------------- section 1: conventions

def drawn(what, length):
    """'Random' bytes of this example."""
    return hashlib.shake_256(b"strongroom example 1/" + what.encode()).digest(length)


def u32(n):
    return struct.pack(">I", n)


def u64(n):
    return struct.pack(">Q", n)


def raw(field):
    if isinstance(field, str):
        return field.encode()
    return u64(field) if isinstance(field, int) else field


def lp(*fields):
    return b"".join(u32(len(raw(f))) + raw(f) for f in fields)


def ctx(label, *fields):
    return lp("strongroom/v1", label, *fields)


def mac(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


def sha256(data):
    return hashlib.sha256(data).digest()


def hkdf(ikm, info, length):
    """RFC 5869 with an empty salt, written out."""
    key, output, block = mac(bytes(32), ikm), b"", b""
    while len(output) < length:
        block = mac(key, block + info + bytes([len(output) // 32 + 1]))
        output += block
    return output[:length]


def b64(data):
    return base64.b64encode(data).decode()


def canonical(value):
    """RFC 8785 for values without fractions: members by UTF-16 code units, no white space, escapes only where they must be."""
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda m: m[0].encode("utf-16-be"))
        return b"{" + b",".join(canonical(k) + b":" + canonical(v) for k, v in members) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(canonical, value)) + b"]"
    return json.dumps(value, ensure_ascii=False).encode()


# ---------------------------------------------------------------- section 4: keys and sealing

def seal(keys, aad, plaintext, random):
    iv = mac(keys[32:64], lp(random, aad, plaintext))[:12]
    return iv + AESGCM(keys[:32]).encrypt(iv, plaintext, aad)


VAULT = drawn("vault id", 16)
CHAIN = drawn("chain id", 16)
ROOT = drawn("root", 32)
GENERATION, EPOCH = 1, 1

COMMITMENT = hkdf(ROOT, ctx("root.commitment", VAULT, GENERATION), 32)
HEAD_KEY = hkdf(ROOT, ctx("root.head", VAULT, GENERATION), 32)
WRAP_KEYS = hkdf(ROOT, ctx("root.wrap", VAULT, GENERATION), 64)
DATA_KEYS = hkdf(ROOT, ctx("root.data", VAULT, GENERATION, EPOCH), 64)


# ---------------------------------------------------------------- section 5: credentials and slots

def key_file(key):
    data = key + sha256(b"strongroom-key-1" + key)[:4]
    return b"strongroom-key-1 " + base64.urlsafe_b64encode(data).rstrip(b"=") + b"\n"


def recovery_key(key):
    data = key + sha256(b"strongroom-recovery-1" + key)[:4]
    bits = "".join(f"{byte:08b}" for byte in data) + "00"
    digits = "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[int(bits[i:i + 5], 2)] for i in range(0, 290, 5))
    return "-".join(digits[i:i + 6] for i in range(0, 58, 6)).encode()


def argon2id(memory, passes, lanes):
    return {"hash_length": 32, "memory_cost": memory, "name": "argon2id", "parallelism": lanes, "time_cost": passes}


def pbkdf2(name, iterations):
    return {"hash_length": 32, "iterations": iterations, "name": name}


def slow(kdf, passphrase, salt):
    if kdf["name"] == "argon2id":
        return hash_secret_raw(passphrase, salt, kdf["time_cost"], kdf["memory_cost"], kdf["parallelism"], 32, Type.ID, 0x13)
    return hashlib.pbkdf2_hmac(kdf["name"][len("pbkdf2-"):], passphrase, salt, kdf["iterations"], 32)


def slot_info(slot_id, kind, kdf, salt):
    return ctx("slot", VAULT, slot_id, kind, canonical(kdf) if kdf else b"", salt)


def make_slot(name, kind, label, created, secret, kdf=None):
    slot_id, salt = drawn(f"slot {name} id", 16), drawn(f"slot {name} salt", 16)
    x = secret(salt)
    keys = hkdf(x, slot_info(slot_id, kind, kdf, salt), 96)
    wrapped = seal(keys[:64], ctx("root", VAULT, slot_id, GENERATION), ROOT, drawn(f"slot {name} seal", 32))
    return {"commitment": b64(keys[64:]), "created_at": created, "id": slot_id.hex(), "kdf": kdf, "kind": kind, "label": label, "salt": b64(salt), "wrapped": b64(wrapped)}


KEY = drawn("key file", 32)
RECOVERY = drawn("recovery key", 32)
DEFAULT = argon2id(65536, 3, 1)


def example_slots():
    return [
        make_slot("passphrase", "passphrase", "operator", "2026-03-02T08:00:00.000Z", lambda salt: slow(DEFAULT, PASSPHRASE.encode(), salt), DEFAULT),
        make_slot("key file", "key-file", "trading host", "2026-03-02T08:00:01.000Z", lambda salt: KEY),
        make_slot("recovery", "recovery-key", "", "2026-03-02T08:00:02.000Z", lambda salt: RECOVERY),
    ]


# ---------------------------------------------------------------- section 7: records

def plain(value):
    return b"\0" + value


def fields(members):
    ascending = sorted((name.encode(), value.encode()) for name, value in members.items())
    return b"\1" + u32(len(ascending)) + b"".join(lp(name, value) for name, value in ascending)


def padded(payload):
    data = u32(len(payload)) + payload
    return data + bytes(-len(data) % 64)


def value_aad(secret_id, name, version):
    return ctx("value", VAULT, secret_id, name, version, GENERATION, EPOCH)


def record(name, payload, metadata, history=()):
    secret_id = drawn(f"secret {name}", 16)
    version = metadata["version"]
    sealed = seal(DATA_KEYS, value_aad(secret_id, name, version), padded(payload), drawn(f"seal {name} {version}", 32))
    return {"history": list(history), "id": secret_id.hex(), "key": {"epoch": EPOCH, "generation": GENERATION}, "metadata": metadata, "value": b64(sealed)}


def metadata(secret_type, created, updated=None, version=1, description="", expires=None, accessed=None, rotations=0, state="current", tags=None):
    return {
        "created_at": created, "description": description, "expires_at": expires, "last_accessed": accessed, "rotation_count": rotations, "secret_type": secret_type,
        "state": state, "tags": tags or {}, "updated_at": updated or created, "version": version,
    }


SECRETS = {
    "broker/alpaca": {"key_id": "PKEXAMPLE00000000001", "secret": "not-a-real-broker-secret", "endpoint": "https://api.example.com"},
    "db/orders": {"host": "db.example.com", "port": "5432", "database": "orders", "username": "trader", "password": "not-a-real-password"},
    "fix/session-password": ["first-session-password", "second-session-password", "third-session-password"],
    "legacy/token": "deleted, but still to be restored",
    "misc/note": "",
}


def example_rows():
    """Records by name, older versions by id and number, and the payloads of both for the vectors."""
    records, versions, payloads = {}, {}, {}
    day = "2026-03-02T08:15:00.000Z"

    def put(name, payload, meta, history=()):
        payloads[name] = payload
        records[name] = record(name, payload, meta, history)

    put("broker/alpaca", fields(SECRETS["broker/alpaca"]), metadata(
        "api_key", day, description="Paper account; rotate before going live. \u20ac \U0001f511", expires="2027-03-02T00:00:00.000Z", accessed="2026-03-03T06:30:00.000Z",
        tags={"environment": "paper", "owner": "execution", "\u00fcber": "non-ASCII is fine"}))
    put("db/orders", fields(SECRETS["db/orders"]), metadata("database_credentials", day, tags={"environment": "production"}))

    name, times = "fix/session-password", [day, "2026-04-01T05:00:00.000Z", "2026-05-01T05:00:00.000Z"]
    history = []
    for number, value in enumerate(SECRETS[name], start=1):
        payload = plain(value.encode())
        meta = metadata("password", day, times[number - 1], number, rotations=number - 1, tags={"venue": "XETR"})
        if number == 3:
            put(name, payload, meta, history)
            break
        old = record(name, payload, meta)
        key = f"{old['id']}/{number}"
        versions[key], payloads[key] = old, payload
        state, until = ("revoked", None) if number == 1 else ("previous", "2026-05-01T17:00:00.000Z")
        history.append({"created_at": times[number - 1], "digest": b64(sha256(canonical(old))), "readable_until": until, "state": state, "version": number})

    put("legacy/token", plain(SECRETS["legacy/token"].encode()), metadata("token", day, "2026-05-02T09:00:00.000Z", state="deleted"))
    put("misc/note", plain(SECRETS["misc/note"].encode()), metadata("generic", day))
    return records, versions, payloads


def list_summary(records, versions):
    rows = [(f"s/{k}", v) for k, v in sorted(records.items())] + [(f"v/{k}", v) for k, v in sorted(versions.items(), key=lambda r: (r[0][:32], int(r[0][33:])))]
    return sha256(lp(*(part for key, value in rows for part in (key, sha256(canonical(value))))))


# ---------------------------------------------------------------- section 10: audit

K0 = drawn("audit K0", 32)
STATE_KEYS = drawn("audit state keys", 64)


def ratchet(key, index):
    return mac(key, ctx("audit-ratchet", CHAIN, index))


def audit_entry(key, index, previous, time, operation, revision, secrets=()):
    entry = {
        "actor": "alice@desk-7 strongroom[4711]", "chain": CHAIN.hex(), "count": 1, "index": index, "operation": operation, "outcome": "ok", "previous": b64(previous),
        "revision": revision, "secrets": [{"count": 1, "name": n, "operation": op, "version": v} for n, op, v in secrets], "time": time,
    }
    entry["mac"] = b64(mac(key, ctx("audit-entry", CHAIN, index, canonical(entry))))
    return canonical(entry)


def state_slot(index, key):
    data = u64(index) + seal(STATE_KEYS, ctx("audit-state", VAULT, CHAIN, index), key, drawn(f"audit state {index}", 32))
    return data + bytes(256 - len(data))


def example_log():
    """The lines, and the file 'state' after them."""
    batch = [("broker/alpaca", "set", 1), ("db/orders", "set", 1), ("fix/session-password", "rotate", 3), ("legacy/token", "set", 1), ("misc/note", "set", 1)]
    events = [
        ("2026-03-02T08:00:00.000Z", "chain-start", 0, []),
        ("2026-03-02T08:00:03.000Z", "create", 1, []),
        ("2026-05-01T05:00:00.000Z", "batch", 2, batch),
        ("2026-05-02T09:00:00.000Z", "delete", 3, [("legacy/token", "delete", 1)]),
    ]
    lines, key, previous, state = [], K0, bytes(32), [bytes(256), bytes(256)]
    for index, (time, operation, revision, secrets) in enumerate(events):
        lines.append(audit_entry(key, index, previous, time, operation, revision, secrets))
        previous, key = sha256(lines[-1]), ratchet(key, index)
        state[(index + 1) % 2] = state_slot(index + 1, key)
    return lines, b"".join(state)


# ---------------------------------------------------------------- sections 2, 3: the file

def audit_keys_aad():
    return ctx("audit-keys", VAULT, CHAIN, GENERATION)


def example_head(records, versions, lines):
    head = {
        "audit": {CHAIN.hex(): {"keys": b64(seal(WRAP_KEYS, audit_keys_aad(), K0 + STATE_KEYS, drawn("audit keys", 32))), "kept": "root", "line": lines[-1].decode(), "owner": "alice@desk-7"}},
        "commits": [drawn(f"commit {n}", 16).hex() for n in (1, 2, 3)],
        "created_at": "2026-03-02T08:00:00.000Z",
        "epoch": {"current": EPOCH, "seals": len(records) + len(versions)},
        "format": 1,
        "moved_to": None,
        "names": "clear",
        "previous": None,
        "records": {"count": len(records), "generations": {str(GENERATION): len(records) + len(versions)}, "index_key": None, "kind": "list", "summary": b64(list_summary(records, versions))},
        "revision": 3,
        "root": {"commitment": b64(COMMITMENT), "generation": GENERATION},
        "slots": example_slots(),
        "suite": 1,
        "updated_at": "2026-05-02T09:00:00.000Z",
        "vault_id": VAULT.hex(),
    }
    head["mac"] = b64(mac(HEAD_KEY, canonical(head)))
    return head


def file_bytes(head, records, versions):
    def rows(members):
        lines = [b'"' + key.encode() + b'":' + canonical(value) for key, value in members]
        return b",\n".join(lines) + b"\n" if lines else b""

    older = sorted(versions.items(), key=lambda r: (r[0][:32], int(r[0][33:])))
    return b'{"strongroom":' + canonical(head) + b',\n"secrets":{\n' + rows(sorted(records.items())) + b'},\n"versions":{\n' + rows(older) + b"}}\n"


# ---------------------------------------------------------------- section 6: the hash tree

def tree(index_key, digests):
    """All nodes by path, from the digests of the records by name."""
    nodes = {}

    def build(path, entries):
        if len(entries) <= 16:
            data = b"\0" + u32(len(entries)) + b"".join(h + d for h, d in entries)
        else:
            children = [(i, [e for e in entries if e[0].hex()[len(path)] == f"{i:x}"]) for i in range(16)]
            children = [(i, below) for i, below in children if below]
            bitmap = sum(1 << i for i, _ in children)
            data = b"\1" + struct.pack(">H", bitmap) + b"".join(u32(len(below)) + build(f"{path}{i:x}", below) for i, below in children)
        nodes[path] = data
        return sha256(ctx("tree-node", path, data))

    entries = sorted((mac(index_key, name.encode()), digest) for name, digest in digests.items())
    return build("", entries) if entries else bytes(32), nodes


# ---------------------------------------------------------------- vectors

def field(value):
    """A field of lp or ctx as the vectors show it."""
    if isinstance(value, str):
        return {"text": value}
    return {"number": value} if isinstance(value, int) else {"hex": value.hex()}


def derivation(ikm, label, parts, length):
    info = ctx(label, *parts)
    return {"label": label, "ikm": ikm.hex(), "fields": [field(p) for p in parts], "info": info.hex(), "length": length, "output": hkdf(ikm, info, length).hex()}


def sealing(label, parts, keys, plaintext, random):
    aad = ctx(label, *parts)
    return {"label": label, "fields": [field(p) for p in parts], "aad": aad.hex(), "keys": keys.hex(), "random": random.hex(), "plaintext": plaintext.hex(), "sealed": seal(keys, aad, plaintext, random).hex()}


def kdf_vectors():
    salt, passphrase = drawn("kdf salt", 16), "na\u00efve \u2013 exact bytes\U0001f511".encode()
    choices = [argon2id(7168, 6, 1), argon2id(7168, 6, 4), DEFAULT, pbkdf2("pbkdf2-sha256", 100000), pbkdf2("pbkdf2-sha512", 100000)]
    return [{"kdf": canonical(k).decode(), "passphrase": passphrase.hex(), "salt": salt.hex(), "output": slow(k, passphrase, salt).hex()} for k in choices]


def slot_vectors():
    slot_id, salt, s = drawn("vector slot id", 16), drawn("vector slot salt", 16), drawn("vector S", 32)
    kinds = [("passphrase", s, DEFAULT), ("passphrase", s, pbkdf2("pbkdf2-sha512", 210000)), ("passphrase+key-file", s + KEY, DEFAULT), ("key-file", KEY, None), ("recovery-key", RECOVERY, None)]
    return [derivation(x, "slot", [VAULT, slot_id, kind, canonical(kdf) if kdf else b"", salt], 96) for kind, x, kdf in kinds]


def tree_vectors():
    index_key, result = drawn("index key", 32), []
    for count in (0, 1, 16, 17, 300):
        digests = {f"name/{n}": sha256(f"record {n}".encode()) for n in range(count)}
        summary, nodes = tree(index_key, digests)
        result.append({
            "index_key": index_key.hex(), "names": "name/0 to name/n-1, the record of name/n being the text 'record n'", "count": count, "summary": summary.hex(),
            "nodes": {path: data.hex() for path, data in sorted(nodes.items())} if count <= 17 else {}, "node_count": len(nodes),
        })
    return result


def audit_vectors(lines):
    entry = json.loads(lines[0])
    entry.pop("mac")
    covered = canonical(entry)
    return {
        "chain": CHAIN.hex(), "k0": K0.hex(), "index": 0, "covered": covered.decode(), "context": ctx("audit-entry", CHAIN, 0, covered).hex(),
        "mac": mac(K0, ctx("audit-entry", CHAIN, 0, covered)).hex(), "ratchet": [{"index": 0, "context": ctx("audit-ratchet", CHAIN, 0).hex(), "next": ratchet(K0, 0).hex()}],
        "lines": [line.decode() for line in lines], "checkpoint": f"strongroom/{VAULT.hex()}/{CHAIN.hex()}\n{len(lines)}\n{b64(sha256(lines[-1]))}\n",
    }


def worked_example(records):
    """The way from the key file to the value of misc/note, as section 11 of the page shows it."""
    slot_id, salt, name = drawn("slot key file id", 16), drawn("slot key file salt", 16), "misc/note"
    info = slot_info(slot_id, "key-file", None, salt)
    secret_id, value = drawn(f"secret {name}", 16), base64.b64decode(records[name]["value"])
    aad = value_aad(secret_id, name, 1)
    steps = {
        "key": KEY, "slot info": info, "slot keys": hkdf(KEY, info, 96), "root aad": ctx("root", VAULT, slot_id, GENERATION), "root": ROOT, "root commitment": COMMITMENT,
        "head key": HEAD_KEY, "data keys": DATA_KEYS, "value aad": aad, "sealed value": value, "padded": AESGCM(DATA_KEYS[:32]).decrypt(value[:12], value[12:], aad),
    }
    return {step: data.hex() for step, data in steps.items()}


def make():
    records, versions, payloads = example_rows()
    lines, state = example_log()
    head = example_head(records, versions, lines)
    without_mac = {k: v for k, v in head.items() if k != "mac"}
    secret, slot_id, older = drawn("vector secret id", 16), drawn("vector slot id", 16), drawn("vector older root", 32)
    samples = [b"", b"x", bytes(59), bytes(60), b"y" * 61, bytes(range(256))]
    texts = {"z": 1, "": [], "\u20ac": "\u0000\u001f\u007f\"\\/\b\t\n\f\r", "\U0001f600": {"b": None, "a": True}, "\ufb33": False, "max": 2**53 - 1}
    vectors = {
        "made_by": "make_vectors.py, from docs/format/vault-v1.md",
        "canonical_json": canonical(texts).hex(),
        "lp": [{"fields": [field(p) for p in parts], "output": lp(*parts).hex()} for parts in ([], [""], ["", ""], ["a", "bc"], ["ab", "c"], [b"\0\xff", 0, 2**53 - 1])],
        "key_derivations": slot_vectors() + [
            derivation(ROOT, "root.commitment", [VAULT, 1], 32), derivation(ROOT, "root.head", [VAULT, 1], 32), derivation(ROOT, "root.wrap", [VAULT, 1], 64),
            derivation(ROOT, "root.data", [VAULT, 1, 1], 64), derivation(ROOT, "root.data", [VAULT, 2, 7], 64),
        ],
        "passphrase_kdfs": kdf_vectors(),
        "seals": [
            sealing("root", [VAULT, slot_id, 1], drawn("vector slot keys", 64), ROOT, drawn("vector r1", 32)),
            sealing("previous-root", [VAULT, 2, 1], WRAP_KEYS, older, drawn("vector r2", 32)),
            sealing("index-key", [VAULT, 1], WRAP_KEYS, drawn("index key", 32), drawn("vector r3", 32)),
            sealing("audit-keys", [VAULT, CHAIN, 1], WRAP_KEYS, K0 + STATE_KEYS, drawn("vector r4", 32)),
            sealing("audit-keys", [VAULT, CHAIN, 1], WRAP_KEYS, STATE_KEYS, drawn("vector r5", 32)),
            sealing("value", [VAULT, secret, "db/orders", 3, 1, 1], DATA_KEYS, padded(plain(b"hunter2")), drawn("vector r6", 32)),
            sealing("audit-state", [VAULT, CHAIN, 4], STATE_KEYS, drawn("vector K4", 32), drawn("vector r7", 32)),
        ],
        "padding": [{"payload": p.hex(), "padded": padded(p).hex()} for p in samples],
        "payloads": [
            {"fields": None, "value": b"plain".hex(), "payload": plain(b"plain").hex()},
            {"fields": {"user": "trader", "Password": "s3cret", "a.b-c_d": ""}, "value": None, "payload": fields({"user": "trader", "Password": "s3cret", "a.b-c_d": ""}).hex()},
        ],
        "key_file": {"key": KEY.hex(), "text": key_file(KEY).decode()},
        "recovery_key": {"key": RECOVERY.hex(), "text": recovery_key(RECOVERY).decode()},
        "head_mac": {"key": HEAD_KEY.hex(), "covered": canonical(without_mac).decode(), "mac": b64(mac(HEAD_KEY, canonical(without_mac)))},
        "tree": tree_vectors(),
        "audit": audit_vectors(lines),
        "worked_example": worked_example(records),
        "example": {"passphrase": PASSPHRASE, "root": ROOT.hex(), "generation": GENERATION, "payloads": {name: p.hex() for name, p in payloads.items()}},
    }
    log = HERE / "example.vault.json.audit" / CHAIN.hex()
    return {
        HERE / "example.vault.json": file_bytes(head, records, versions),
        log / "000001.jsonl": b"".join(line + b"\n" for line in lines),
        log / "state": state,
        HERE / "example.key": key_file(KEY),
        HERE / "example.recovery": recovery_key(RECOVERY) + b"\n",
        HERE / "vectors.json": json.dumps(vectors, indent=1, ensure_ascii=True).encode() + b"\n",
    }


def main():
    files = make()
    if sys.argv[1:] == ["--check"]:
        different = [str(path.relative_to(HERE)) for path, data in files.items() if not path.is_file() or path.read_bytes() != data]
        sys.exit("differs: " + ", ".join(different) if different else 0)
    for path, data in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


if __name__ == "__main__":
    main()
