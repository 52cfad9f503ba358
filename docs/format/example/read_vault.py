#!/usr/bin/env python3
"""A reader of Strongroom vaults in another language, written from docs/format/vault-v1.md alone.

    read_vault.py VAULT --key-file FILE | --recovery-file FILE | --passphrase-file FILE [--key-file FILE]

Prints everything in the vault as JSON: secrets with metadata, fields and older versions, and what the audit log says. Byte values are
in base64. It checks what section 9 tells it to check, in that order, except the marks, which are another program's. Exit codes: 0, 4
(cannot unlock), 7 (integrity), 11 (unknown format). Needs the packages python3-cryptography and python3-argon2 of Debian.
"""
import argparse
import base64
import hashlib
import hmac
import json
import os
import re
import struct
import sys

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NAME = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*\Z")
FIELD = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
TYPE = re.compile(r"[a-z][a-z0-9_]*\Z")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")
ID = re.compile(r"[0-9a-f]{32}\Z")
MAX_FILE, MAX_RECORDS, MAX_LINE, MAX_HEAD = 536_870_912, 131_072, 33_554_432, 33_554_432
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Refused(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def damaged(message):
    return Refused(7, message)


def require(condition, message):
    if not condition:
        raise damaged(message)


# --- Section 1: encodings -------------------------------------------------------------------------------------------------------------

def u32(number):
    return struct.pack(">I", number)


def u64(number):
    return struct.pack(">Q", number)


def lp(*parts):
    return b"".join(u32(len(part)) + part for part in parts)


def ctx(label, *fields):
    return lp(b"strongroom/v1", label.encode(), *fields)


def sha256(data):
    return hashlib.sha256(data).digest()


def mac(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


def hkdf(key, info, length):
    pseudo, block, out = mac(bytes(32), key), b"", b""
    while len(out) < length:
        block = mac(pseudo, block + info + bytes([len(out) // 32 + 1]))
        out += block
    return out[:length]


def unb64(text, length=None):
    require(isinstance(text, str), "base64 is no text")
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise damaged("not base64") from None
    require(base64.b64encode(data).decode() == text, "base64 is not canonical")
    require(length is None or len(data) == length, "base64 of a wrong length")
    return data


def an_id(text):
    require(isinstance(text, str) and ID.match(text), "not an id")
    return bytes.fromhex(text)


def a_number(value, least=0):
    require(type(value) is int and least <= value < 2**53, "not a number of the format")
    return value


def a_time(value, nullable=False):
    require((nullable and value is None) or (isinstance(value, str) and TIME.match(value)), "not a time")
    return value


def members(value, *names):
    require(isinstance(value, dict) and set(value) == set(names), "members missing or unknown")


# --- Canonical JSON -------------------------------------------------------------------------------------------------------------------

def canonical(value):
    """RFC 8785, for the values that the format has: no fractions."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, int):
        require(0 <= value < 2**53, "number out of range")
        return str(value)
    if isinstance(value, str):
        out = ['"']
        for character in value:
            short = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}.get(character)
            out.append(short or (f"\\u{ord(character):04x}" if ord(character) < 0x20 else character))
        return "".join(out) + '"'
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    return "{" + ",".join(canonical(name) + ":" + canonical(value[name]) for name in names) + "}"


def depth(value, limit=64):
    require(limit >= 0, "nested too deeply")
    for child in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        depth(child, limit - 1)


def strict(data):
    def pairs(items):
        require(len({name for name, _ in items}) == len(items), "a member occurs twice")
        return dict(items)

    def refuse(text):
        raise damaged("a number of another form")

    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=pairs, parse_float=refuse, parse_constant=refuse)
        same = canonical(value).encode("utf-8") == data
    except (ValueError, RecursionError):
        raise damaged("not JSON") from None
    require(same, "not canonical JSON")
    depth(value)
    return value


# --- Section 2: the file --------------------------------------------------------------------------------------------------------------

def framing(data):
    """Head and rows as bytes. Rows are given as functions' results only after the head was verified."""
    end = data.find(b"\n")
    require(end >= 0 and data.startswith(b'{"strongroom":') and data[end - 1 : end] == b",", "line 1 is not framed so")
    head = data[len(b'{"strongroom":') : end - 1]
    require(len(head) <= MAX_HEAD, "the head is too large")
    return head, data[end + 1 :]


def rows(data):
    lines = data.split(b"\n")
    require(lines[0] == b'"secrets":{' and lines[-1] == b"" and lines[-2] == b"}}", "not framed so")
    middle = next((at for at, line in enumerate(lines) if line == b"},"), None)
    require(middle is not None and lines[middle + 1] == b'"versions":{', "not framed so")
    secrets = [row(line, last=at == middle - 1) for at, line in enumerate(lines[1:middle], 1)]
    versions = [row(line, last=at == len(lines) - 3) for at, line in enumerate(lines[middle + 2 : -2], middle + 2)]
    require(len(secrets) <= MAX_RECORDS, "too many records")
    require(all(NAME.match(name) and len(name) <= 255 for name, _ in secrets), "not a name")
    require(all(a < b for (a, _), (b, _) in zip(secrets, secrets[1:])), "names out of order")
    keys = []
    for key, _ in versions:
        match = re.match(rb"([0-9a-f]{32})/([1-9][0-9]{0,15})\Z", key)
        require(match, "not the key of a version")
        keys.append((match[1], int(match[2])))
    require(all(a < b for a, b in zip(keys, keys[1:])), "versions out of order")
    return secrets, versions


def row(line, last):
    require(len(line) - (not last) <= MAX_LINE and line.startswith(b'"'), "a line is not framed so")
    require(line.endswith(b",") != last, "a comma too few or too many")
    key, separator, record = line[1 : None if last else -1].partition(b'":')
    require(separator, "a line is not framed so")
    return key, record


# --- Sections 3 to 5: head, keys, slots -----------------------------------------------------------------------------------------------

def read_head(data):
    head = strict(data)
    require(isinstance(head, dict), "the head is no object")
    for name, known in (("format", 1), ("suite", 1), ("names", "clear")):
        require(name in head, "the head lacks " + name)
        if head[name] != known or type(head[name]) is not type(known):
            raise Refused(11, f"{name} is {head[name]!r}, this reads {known!r}")
    members(head, "audit", "commits", "created_at", "epoch", "format", "mac", "moved_to", "names", "previous", "records", "revision", "root", "slots", "suite", "updated_at", "vault_id")
    an_id(head["vault_id"])
    a_number(head["revision"], 1)
    a_time(head["created_at"])
    a_time(head["updated_at"])
    require(isinstance(head["commits"], list) and 1 <= len(head["commits"]) <= 64, "commits")
    for commit in head["commits"]:
        an_id(commit)
    members(head["epoch"], "current", "seals")
    members(head["root"], "commitment", "generation")
    require(isinstance(head["slots"], list) and 1 <= len(head["slots"]) <= 16, "number of slots")
    require(len({slot.get("id") for slot in head["slots"]}) == len(head["slots"]), "a slot occurs twice")
    require(head["moved_to"] is None or not str(head["moved_to"]).startswith("incomplete"), "an unfinished copy")
    return head


def bounds(slots):
    total = 0
    for slot in slots:
        members(slot, "commitment", "created_at", "id", "kdf", "kind", "label", "salt", "wrapped")
        require(slot["kind"] in ("passphrase", "passphrase+key-file", "key-file", "recovery-key"), "kind of slot")
        require((slot["kdf"] is not None) == slot["kind"].startswith("passphrase"), "kdf of a slot")
        kdf = slot["kdf"]
        if kdf is None:
            continue
        require(kdf.get("hash_length") == 32, "hash length")
        if kdf.get("name") == "argon2id":
            members(kdf, "hash_length", "memory_cost", "name", "parallelism", "time_cost")
            memory, passes, lanes = (a_number(kdf[name]) for name in ("memory_cost", "time_cost", "parallelism"))
            require(7_168 <= memory <= 1_048_576 and 1 <= passes <= 256 and 1 <= lanes <= 16 and memory >= 8 * lanes, "argon2id out of bounds")
            require(36_864 <= memory * passes <= 4_194_304, "argon2id out of bounds")
            total += memory * passes
        else:
            require(kdf.get("name") in ("pbkdf2-sha256", "pbkdf2-sha512"), "unknown kdf")
            members(kdf, "hash_length", "iterations", "name")
            require(100_000 <= a_number(kdf["iterations"]) <= 10_000_000, "pbkdf2 out of bounds")
            total += kdf["iterations"]
    require(total <= 16_777_216, "all slots together out of bounds")


def stretch(passphrase, salt, kdf):
    if kdf["name"] == "argon2id":
        return hash_secret_raw(passphrase, salt, kdf["time_cost"], kdf["memory_cost"], kdf["parallelism"], 32, Type.ID, 0x13)
    return hashlib.pbkdf2_hmac(kdf["name"].split("-")[1], passphrase, salt, kdf["iterations"], 32)


def open_sealed(key, aad, sealed):
    try:
        return AESGCM(key[:32]).decrypt(sealed[:12], sealed[12:], aad)
    except (InvalidTag, ValueError):
        raise damaged("something sealed does not open") from None


def unlock(head, kind, passphrase, key):
    vault, generation = an_id(head["vault_id"]), u64(head["root"]["generation"])
    for slot in (slot for slot in head["slots"] if slot["kind"] == kind):
        salt, kdf = unb64(slot["salt"], 16), slot["kdf"]
        secret = (stretch(passphrase, salt, kdf) if kdf else b"") + (key or b"")
        info = ctx("slot", vault, an_id(slot["id"]), kind.encode(), canonical(kdf).encode() if kdf else b"", salt)
        keys = hkdf(secret, info, 96)
        if not hmac.compare_digest(keys[64:], unb64(slot["commitment"], 32)):
            continue
        try:
            root = open_sealed(keys, ctx("root", vault, an_id(slot["id"]), generation), unb64(slot["wrapped"], 60))
        except Refused:
            continue
        if hmac.compare_digest(hkdf(root, ctx("root.commitment", vault, generation), 32), unb64(head["root"]["commitment"], 32)):
            return root
    raise Refused(4, "no slot opens with this")


def check_head(head, root):
    vault, generation = an_id(head["vault_id"]), u64(head["root"]["generation"])
    rest = {name: value for name, value in head.items() if name != "mac"}
    key = hkdf(root, ctx("root.head", vault, generation), 32)
    require(hmac.compare_digest(mac(key, canonical(rest).encode()), unb64(head["mac"], 32)), "the head's MAC is wrong")


def roots_of(head, root):
    """Root keys by generation: while a rekey is under way there are two."""
    vault, generation, previous = an_id(head["vault_id"]), head["root"]["generation"], head["previous"]
    roots = {generation: root}
    if previous is not None:
        members(previous, "commitment", "generation", "sealed")
        wrap = hkdf(root, ctx("root.wrap", vault, u64(generation)), 64)
        old = open_sealed(wrap, ctx("previous-root", vault, u64(generation), u64(previous["generation"])), unb64(previous["sealed"], 60))
        commitment = hkdf(old, ctx("root.commitment", vault, u64(previous["generation"])), 32)
        require(hmac.compare_digest(commitment, unb64(previous["commitment"], 32)), "the root before is another")
        roots[previous["generation"]] = old
    return roots


# --- Sections 6 and 7: rows, values ---------------------------------------------------------------------------------------------------

def check_summary(head, secrets, versions):
    records = head["records"]
    members(records, "count", "generations", "index_key", "kind", "summary")
    require(records["kind"] == "list" and records["index_key"] is None, "a file has a list of records")
    parts = [part for name, data in secrets for part in (b"s/" + name, sha256(data))]
    parts += [part for key, data in versions for part in (b"v/" + key, sha256(data))]
    require(sha256(lp(*parts)) == unb64(records["summary"], 32), "the records are not those of the head")
    require(records["count"] == len(secrets), "number of records")


def payload(data):
    """Bytes of a plain value, or a dictionary of fields."""
    length = struct.unpack(">I", data[:4])[0]
    require(len(data) % 64 == 0 and 4 + length <= len(data) < 4 + length + 64 and not any(data[4 + length :]), "padding")
    data = data[4 : 4 + length]
    require(data[:1] in (b"\0", b"\1"), "payload")
    if data[0] == 0:
        return data[1:]
    count, at, fields = struct.unpack(">I", data[1:5])[0], 5, []
    for _ in range(2 * count):
        require(at + 4 <= len(data), "payload")
        size = struct.unpack(">I", data[at : at + 4])[0]
        require(at + 4 + size <= len(data), "payload")
        fields.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    names = fields[::2]
    require(at == len(data) and 1 <= count <= 256 and all(a < b for a, b in zip(names, names[1:])), "fields")
    require(all(FIELD.match(name) and len(name) <= 64 for name in names), "names of fields")
    return dict(zip((name.decode() for name in names), fields[1::2]))


def open_record(head, roots, name, data):
    record, vault = strict(data), an_id(head["vault_id"])
    members(record, "history", "id", "key", "metadata", "value")
    members(record["key"], "epoch", "generation")
    metadata, generation, epoch = record["metadata"], record["key"]["generation"], record["key"]["epoch"]
    known = ("created_at", "description", "expires_at", "last_accessed", "rotation_count", "secret_type", "state", "tags", "updated_at", "version")
    require(isinstance(metadata, dict) and set(known) <= set(metadata), "metadata")
    require(TYPE.match(metadata["secret_type"]) and len(metadata["secret_type"]) <= 64, "type")
    for time in ("created_at", "updated_at"):
        a_time(metadata[time])
    for time in ("expires_at", "last_accessed"):
        a_time(metadata[time], nullable=True)
    require(generation in roots, "a generation that the head does not know")
    key = hkdf(roots[generation], ctx("root.data", vault, u64(generation), u64(epoch)), 64)
    aad = ctx("value", vault, an_id(record["id"]), name, u64(a_number(metadata["version"], 1)), u64(generation), u64(epoch))
    return record, payload(open_sealed(key, aad, unb64(record["value"])))


def shown(value):
    if isinstance(value, dict):
        return {"fields": {name: base64.b64encode(data).decode() for name, data in value.items()}}
    return {"value": base64.b64encode(value).decode()}


def read_secrets(head, roots, secrets, versions):
    rows_of, used, all_of = dict(versions), set(), {}
    for name, data in secrets:
        record, value = open_record(head, roots, name, data)
        entry = {"metadata": record["metadata"], **shown(value), "versions": {}}
        for old in record["history"]:
            members(old, "created_at", "digest", "readable_until", "state", "version")
            key = f"{record['id']}/{old['version']}".encode()
            require(key in rows_of and sha256(rows_of[key]) == unb64(old["digest"], 32), "an older version is not the one of its record")
            used.add(key)
            older, older_value = open_record(head, roots, name, rows_of[key])
            require(older["history"] == [] and older["id"] == record["id"] and older["metadata"]["version"] == old["version"], "an older version")
            entry["versions"][str(old["version"])] = {"state": old["state"], **shown(older_value)}
        all_of[name.decode()] = entry
    require(used == set(rows_of), "an older version that no record names")
    return all_of


# --- Section 10: audit ----------------------------------------------------------------------------------------------------------------

def read_audit(head, root, folder):
    vault, generation = an_id(head["vault_id"]), u64(head["root"]["generation"])
    wrap, chains = hkdf(root, ctx("root.wrap", vault, generation), 64), {}
    for chain, record in head["audit"].items():
        members(record, "keys", "kept", "line", "owner")
        place = os.path.join(folder, chain)
        if not os.path.isdir(place):
            raise damaged("a chain's folder is missing")
        keys = open_sealed(wrap, ctx("audit-keys", vault, an_id(chain), generation), unb64(record["keys"]))
        ratchet = keys[:32] if record["kept"] == "root" else None
        previous, entries = None, []
        for segment in sorted(name for name in os.listdir(place) if re.match(r"\d{6}\.jsonl\Z", name)):
            with open(os.path.join(place, segment), "rb") as file:
                lines = file.read().split(b"\n")
            require(lines.pop() == b"", "a torn line")
            for line in lines:
                entry = strict(line)
                require(entry["chain"] == chain and entry["index"] == len(entries), "an entry of another place")
                require(previous is None or unb64(entry["previous"], 32) == previous, "the chain is broken")
                if ratchet is not None:
                    rest = canonical({name: value for name, value in entry.items() if name != "mac"}).encode()
                    wanted = mac(ratchet, ctx("audit-entry", an_id(chain), u64(entry["index"]), rest))
                    require(hmac.compare_digest(wanted, unb64(entry["mac"], 32)), "an entry's MAC is wrong")
                    ratchet = mac(ratchet, ctx("audit-ratchet", an_id(chain), u64(entry["index"])))
                previous = sha256(line)
                entries.append((line, entry))
        index = strict(record["line"].encode())["index"] if record["line"] else -1
        require(index <= len(entries), "entries are missing at the end")
        require(index == len(entries) or index < 0 or entries[index][0] == record["line"].encode(), "the head's entry is another")
        chains[chain] = [entry["operation"] for _, entry in entries]
    return chains


# --- Credentials ----------------------------------------------------------------------------------------------------------------------

def without_newline(data):
    return data[:-2] if data.endswith(b"\r\n") else data[:-1] if data.endswith(b"\n") else data


def key_file(data):
    text = without_newline(data).decode("ascii", "replace")
    word, _, encoded = text.partition(" ")
    if word != "strongroom-key-1":
        raise Refused(11, "not a key file")
    return with_checksum(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)), b"strongroom-key-1")


def recovery_key(data):
    text = without_newline(data).decode("ascii", "replace").upper().replace("-", "").replace(" ", "")
    bits = 0
    for character in text:
        bits = bits << 5 | CROCKFORD.index({"I": "1", "L": "1", "O": "0"}.get(character, character))
    extra = 5 * len(text) - 288
    if len(text) != 58 or bits & ((1 << extra) - 1):
        raise Refused(11, "not a recovery key")
    return with_checksum((bits >> extra).to_bytes(36, "big"), b"strongroom-recovery-1")


def with_checksum(data, word):
    if len(data) != 36 or sha256(word + data[:32])[:4] != data[32:]:
        raise Refused(11, "mistyped or damaged key")
    return data[:32]


def file_of(path):
    with open(path, "rb") as file:
        return file.read()


def credential(options):
    if options.recovery_file:
        return "recovery-key", None, recovery_key(file_of(options.recovery_file))
    key = key_file(file_of(options.key_file)) if options.key_file else None
    if not options.passphrase_file:
        return "key-file", None, key
    passphrase = without_newline(file_of(options.passphrase_file))
    return "passphrase+key-file" if key else "passphrase", passphrase, key


def read(options):
    require(os.path.getsize(options.vault) <= MAX_FILE, "the file is too large")
    head_bytes, rest = framing(file_of(options.vault))
    head = read_head(head_bytes)
    bounds(head["slots"])
    root = unlock(head, *credential(options))
    check_head(head, root)
    secrets, versions = rows(rest)
    check_summary(head, secrets, versions)
    roots = roots_of(head, root)
    found = {"revision": head["revision"], "secrets": read_secrets(head, roots, secrets, versions)}
    if os.path.isdir(options.vault + ".audit"):
        found["audit"] = read_audit(head, root, options.vault + ".audit")
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("vault")
    parser.add_argument("--key-file")
    parser.add_argument("--recovery-file")
    parser.add_argument("--passphrase-file")
    try:
        print(json.dumps(read(parser.parse_args()), indent=1))
    except Refused as error:
        print(error, file=sys.stderr)
        sys.exit(error.code)


if __name__ == "__main__":
    main()
