"""Peers, versions, and all of SNMPv3."""
import hashlib

from build import STR, Feature, ask, bad, failed, varbinds
from msgpack import ExtType
from vectors import May

from cases.common import CONTACT, DESCR, GOOD, INDEXES, NAME, SERVICES, get, setting, walk

DEVICE = "For SNMP operations: the device"

peers = Feature(16, "peer", "Peers: For SNMP operations, the device")
case = peers.case
SIX = varbinds({NAME: b"sim-v6-1"})


def peer_of(number, text):
    return text.replace("ADDRESS", f"127.20.16.{number}")


for name, text in (("host-port", "ADDRESS:99999"), ("udp", "udp:ADDRESS:99999"),
                   ("udp-upper", "UDP:ADDRESS:99999"), ("tcp", "tcp:ADDRESS:99999")):
    case(name, f"{text.split(':')[0].lower()} in front, or nothing. {DEVICE}",
         ask(get(peer=peer_of(len(peers.cases) + 1, text)), GOOD))
case("bin", "As bin; it comes back as str. " + DEVICE,
     ask(get(peer=peer_of(len(peers.cases) + 1, "ADDRESS:99999").encode()),
         {**GOOD, "peer": peer_of(len(peers.cases) + 1, "ADDRESS:99999")}), untyped=True)
for name, text in (("udp6", "udp6:[::1]:99999"), ("udp6-long", "udp6:[0:0:0:0:0:0:0:1]:99999"),
                   ("six-alone", "[::1]:99999"), ("tcp6", "tcp6:[::1]:99999")):
    case(name, "IPv6. " + DEVICE, ask(get(NAME, peer=text), SIX))
case("name", "A name that is known. " + DEVICE,
     ask(get(NAME, peer="localhost:99999"), varbinds({NAME: b"sim-127-0-0-1"})))
case("tcp-walk", "A walk over TCP. " + DEVICE,
     ask(walk(peer="tcp:127.20.16.200:99999"),
         varbinds(INDEXES, complete=True, stop="out_of_tree")))
for name, text in (("port-zero", "127.0.0.1:0"), ("port-too-large", "127.0.0.1:65536"),
                   ("port-no-number", "127.0.0.1:x"), ("bracket-open", "udp6:[::1"), ("nothing", "udp:"),
                   ("path", "/etc/hosts"), ("unix", "unix:/tmp/socket")):
    case(name, f"What has the right form and is no address. {DEVICE}",
         ask(get(peer=text), failed("bad_address")))
case("unreachable", "TCP where nobody listens: there is no way. Errors",
     ask(get(peer="tcp:127.0.0.1:1", timeout_ms=200, retries=1), failed("unreachable", sent="no")))
case("send-failed", "A broadcast address, which the system refuses to send to. Errors",
     ask(get(peer="127.255.255.255:9", timeout_ms=200, retries=1), failed("send_failed")))
case("set-not-sent", "A SET that was not sent may be sent again. What is sent again",
     ask(setting(CONTACT, "s", "x", peer="127.255.255.255:9", timeout_ms=200, retries=1),
         failed("send_failed", retryable=True)))

# --- versions 1 and 2c ---------------------------------------------------------------------------

communities = Feature(17, "community", "Communities: For SNMP operations, the device")
case = communities.case
QUICK = {"timeout_ms": 60, "retries": 0}
case("default", "public where none is given. " + DEVICE, ask(get(), GOOD))
case("private", "Another one. " + DEVICE, ask(get(community="private"), GOOD))
case("bin", "As bin. " + DEVICE, ask(get(community=b"private"), GOOD))
case("unknown", "One that the device does not know gets no answer. What is sent again",
     ask(get(community="elsewhere", **QUICK), failed("timeout", sent="maybe")))
case("binary", "Any bytes. " + DEVICE,
     ask(get(community=b"\0\xff", **QUICK), failed("timeout", sent="maybe")))
case("empty", "No bytes. " + DEVICE, ask(get(community="", **QUICK), failed("timeout", sent="maybe")))
case("longest", "255 bytes. " + DEVICE,
     ask(get(community="c" * 255, **QUICK), failed("timeout", sent="maybe")))
case("read-only", "One that may only read. Errors",
     ask(setting(CONTACT, "s", "x", community="public"), failed("noAccess", 1, "yes")))
case("read-only-v1", "The same by version 1. Errors",
     ask(setting(CONTACT, "s", "x", community="public", version="1"), failed("noSuchName", 1, "yes")))

# --- version 3 -----------------------------------------------------------------------------------

AUTHS = {"MD5": "md5", "SHA": "sha1", "SHA-224": "sha224", "SHA-256": "sha256", "SHA-384": "sha384",
         "SHA-512": "sha512"}
PRIVS = {"DES": "des", "AES": "aes128", "AES-192": "aes192", "AES-256": "aes256", "AES-192-C": "aes192c",
         "AES-256-C": "aes256c"}
SHA = {"user": "sha", "auth_proto": "SHA", "auth_pass": "authpass-sha"}
SHA_AES = {**SHA, "user": "sha-aes128", "priv_proto": "AES", "priv_pass": "privpass-aes128"}
NOBODY = {"user": "noauth"}
OTHER_ENGINE = bytes.fromhex("8000000001020304")


def user(auth, priv=None):
    """Keys for the simulator's user of these protocols."""
    name = auth.lower().replace("-", "")
    keys = {"user": name, "auth_proto": auth, "auth_pass": f"authpass-{name}"}
    if priv:
        keys.update(user=f"{name}-{PRIVS[priv]}", priv_proto=priv, priv_pass=f"privpass-{PRIVS[priv]}")
    return keys


def engine(address):
    """The engine id of a simulated device."""
    return bytes.fromhex("80007ed901") + bytes(int(part) for part in address.split("."))


def localised(auth, phrase, engine_id):
    """RFC 3414 A.2 and 2.6."""
    name, data = AUTHS[auth], phrase.encode()
    key = hashlib.new(name, (data * (1048576 // len(data) + 1))[:1048576]).digest()
    return hashlib.new(name, key + engine_id + key).digest()


usm = Feature(18, "v3", "SNMPv3: For SNMP operations, the device")
case = usm.case


def here():
    """The address of the next case."""
    return f"127.20.18.{len(usm.cases) + 1}"


case("no-auth", "noAuthNoPriv; a user alone means version 3. " + DEVICE, ask(get(**NOBODY), GOOD))
case("version-text", "version as text. " + DEVICE, ask(get(version="3", **NOBODY), GOOD))
case("version-number", "version as a number. " + DEVICE, ask(get(version=3, **NOBODY), GOOD))
case("user-bin", "user as bin. Requests", ask(get(user=b"noauth"), GOOD), untyped=True)
for auth in AUTHS:
    case(f"auth-{auth.lower()}", f"{auth}. {DEVICE}", ask(get(**user(auth)), GOOD))
for priv in PRIVS:
    case(f"priv-{priv.lower()}", f"SHA-256 and {priv}. {DEVICE}", ask(get(**user("SHA-256", priv)), GOOD))
for auth, priv in (("MD5", "DES"), ("SHA", "AES"), ("SHA-512", "AES-256")):
    case(f"auth-priv-{auth.lower()}-{priv.lower()}", f"{auth} and {priv}. {DEVICE}",
         ask(get(**user(auth, priv)), GOOD))
for number, (auth, priv) in enumerate((("sha", "aes"), ("SHA1", "AES-128"), ("Sha-1", "aes128"),
                                       ("S-H-A", "AES")), 1):
    case(f"protocol-names-{number}", "Case and hyphens of protocols do not count. " + DEVICE,
         ask(get(**{**SHA_AES, "auth_proto": auth, "priv_proto": priv}), GOOD), untyped=True)
case("protocol-names-5", "The same for SHA-256 and AES-256-C. " + DEVICE,
     ask(get(**{**user("SHA-256", "AES-256-C"), "auth_proto": "sha256", "priv_proto": "aes256c"}), GOOD),
     untyped=True)
for number, level in enumerate(("authPriv", "AUTHPRIV"), 1):
    case(f"level-auth-priv-{number}", "What the keys speak of; case does not count. " + DEVICE,
         ask(get(level=level, **SHA_AES), GOOD), untyped=number > 1)
case("level-auth", "authNoPriv. " + DEVICE, ask(get(level="authNoPriv", **SHA), GOOD))
case("level-none", "noAuthNoPriv. " + DEVICE, ask(get(level="noAuthNoPriv", **NOBODY), GOOD))
case("level-lower", "Lower than the keys allow: what it does not need is ignored. " + DEVICE,
     ask(get(level="authNoPriv", **{**SHA, "priv_proto": "AES", "priv_pass": "any phrase"}), GOOD))
case("level-too-low", "Less security than the user has to use. Errors",
     ask(get(level="noAuthNoPriv", **SHA), failed("authorizationError", sent="yes")))
case("context", "A context. " + DEVICE,
     ask(get(DESCR, context="other", **SHA),
         varbinds({DESCR: b"zsnmp simulated agent " + here().encode() + b", context other"})))
case("context-bin", "A context as bin. " + DEVICE,
     ask(get(DESCR, context=b"other", **NOBODY),
         varbinds({DESCR: b"zsnmp simulated agent " + here().encode() + b", context other"})))
case("context-empty", "The default context. " + DEVICE, ask(get(context="", **SHA), GOOD))
case("context-walk", "A walk in a context. " + DEVICE,
     ask(walk(context="other", **SHA_AES), varbinds(INDEXES, complete=True, stop="out_of_tree")))
case("engine-id-bin", "The right engine id. " + DEVICE,
     ask(get(engine_id=engine(here()), **SHA), GOOD))
case("engine-id-hex", "As hexadecimal digits. " + DEVICE,
     ask(get(engine_id=engine(here()).hex(), **SHA), GOOD))
case("engine-id-upper", "As upper case digits. " + DEVICE,
     ask(get(engine_id=engine(here()).hex().upper(), **SHA), GOOD))
case("engine-id-other", "Another engine. Errors",
     ask(get(engine_id=OTHER_ENGINE, timeout_ms=200, retries=1, **SHA),
         failed("unknown_engine_id", sent="yes")))
case("context-engine-id", "The engine that has the context. " + DEVICE,
     ask(get(context_engine_id=engine(here()), **SHA), GOOD))
case("context-engine-id-hex", "As hexadecimal digits. " + DEVICE,
     ask(get(context_engine_id=engine(here()).hex(), **SHA), GOOD))
case("context-engine-id-other", "Another one. Errors",
     ask(get(context_engine_id=OTHER_ENGINE, **SHA), failed("other_report", sent="yes")))
for auth in AUTHS:
    name = auth.lower().replace("-", "")
    case(f"auth-key-{auth.lower()}", f"A localised key of {auth}. {DEVICE}",
         ask(get(user=name, auth_proto=auth,
                 auth_key=localised(auth, f"authpass-{name}", engine(here()))), GOOD))
case("auth-key-hex", "A localised key as hexadecimal digits. " + DEVICE,
     ask(get(user="sha", auth_proto="SHA",
             auth_key=localised("SHA", "authpass-sha", engine(here())).hex()), GOOD))
for priv in ("DES", "AES", "AES-192", "AES-256"):
    phrase = f"privpass-{PRIVS[priv]}"
    case(f"priv-key-{priv.lower()}", f"A localised key for {priv}; what is beyond is ignored. {DEVICE}",
         ask(get(user=f"sha512-{PRIVS[priv]}", auth_proto="SHA-512", auth_pass="authpass-sha512",
                 priv_proto=priv, priv_key=localised("SHA-512", phrase, engine(here()))), GOOD))
case("both-keys", "Both keys localised. " + DEVICE,
     ask(get(user="sha256-aes256", auth_proto="SHA-256", priv_proto="AES-256",
             auth_key=localised("SHA-256", "authpass-sha256", engine(here())),
             priv_key=localised("SHA-256", "privpass-aes256", engine(here()))), GOOD))
case("auth-key-of-another", "A localised key fits one engine only. Errors",
     ask(get(user="sha", auth_proto="SHA", auth_key=b"\1" * 20, timeout_ms=200, retries=1),
         failed("wrong_digest", sent="yes")))
case("unknown-user", "A user that the device does not know. Errors",
     ask(get(user="nobody", timeout_ms=200, retries=1), failed("unknown_user", sent="yes")))
case("wrong-digest", "A wrong pass phrase. Errors",
     ask(get(timeout_ms=200, retries=1, **{**SHA, "auth_pass": "another phrase"}),
         failed("wrong_digest", sent="yes")))
case("decryption-error", "A wrong pass phrase for privacy. Errors",
     ask(get(timeout_ms=200, retries=1, **{**SHA_AES, "priv_pass": "another phrase"}),
         failed("decryption_error", sent="yes")))
case("unsupported-level", "More security than the user has. Errors",
     ask(get(timeout_ms=200, retries=1, priv_proto="AES", priv_pass="any phrase", **SHA),
         failed("unsupported_security_level", sent="yes")))
case("unknown-context", "A context that there is not. Errors",
     ask(get(context="nowhere", **SHA), failed("unknown_context", sent="yes")))
case("not-in-time-window", "A device whose boots are at their end. Errors",
     ask(get(timeout_ms=200, retries=1, **SHA), failed("not_in_time_window", sent="yes")),
     rules=["boots=2147483647"])
case("set-refused", "A SET that was refused by a report was not carried out. What is sent again",
     ask({"op": "set", "user": "nobody", "timeout_ms": 200, "retries": 1, "set": [[CONTACT, "s", "x"]]},
         failed("unknown_user", sent="yes")))
case("walk-refused", "A walk with a user that the device does not know. Walks",
     ask(walk(user="nobody", timeout_ms=200, retries=1),
         failed("unknown_user", sent="yes", complete=False, stop="device_error",
                next="1.3.6.1.2.1.2.2.1.1")))
case("exceptions", "What is missing. Values in replies",
     ask(get("1.3.6.1.2.1.1.99.0", SERVICES, exceptions=True, **SHA_AES),
         varbinds({"1.3.6.1.2.1.1.99.0": ExtType(1, b"\x80"), SERVICES: 72})))
case("get-bulk", "GETBULK. " + DEVICE,
     ask({"op": "get_bulk", "oids": ["1.3.6.1.2.1.2.2.1.1"], "max_repetitions": 4, **SHA_AES},
         varbinds(INDEXES)))
case("set", "SET with privacy, and read back. " + DEVICE,
     ask({"op": "set", "set": [[CONTACT, "s", "v3"]], **SHA_AES}, varbinds({CONTACT: b"v3"})),
     ask(get(CONTACT, **SHA_AES), varbinds({CONTACT: b"v3"})))
case("auth-missing", "A protocol without its pass phrase or key. " + DEVICE,
     ask(get(user="sha", auth_proto="SHA"), bad()))

FEATURES = [peers, communities, usm]
