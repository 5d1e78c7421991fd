"""Keys derived from the one secret: encryption of columns, fingerprints of codes and tokens."""

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_CODE_LENGTH = 20
_ALPHABET = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789"


class Vault:
    """Encrypts what people said and who they are; fingerprints what must be looked up."""

    def __init__(self, secret_key: str, old_key: str | None = None) -> None:
        """`old_key` still reads what it wrote; nothing is written with it."""
        keys = [secret_key] if old_key is None else [secret_key, old_key]
        self._fernet = MultiFernet([_fernet(key) for key in keys])
        self._mac_key = _derive(secret_key, b"fingerprints")

    def encrypt(self, text: str) -> str:
        # Half a character (a lone surrogate) must not cost the whole message: it becomes a question mark.
        return self._fernet.encrypt(text.encode(errors="replace")).decode("ascii")

    def decrypt(self, token: str) -> str:
        """Raises cryptography.fernet.InvalidToken when the key is not the one that wrote."""
        return self._fernet.decrypt(token.encode("ascii")).decode()

    def rotate(self, token: str) -> str:
        """The same value under the current key. Raises InvalidToken when no key reads it."""
        return self._fernet.rotate(token.encode("ascii")).decode("ascii")

    def fingerprint(self, code: str) -> str:
        """A keyed SHA-256: a stolen database gives no usable code, link or token."""
        return hmac.new(self._mac_key, code.encode(), hashlib.sha256).hexdigest()

    def code(self, seed: str) -> str:
        """A code like those of `new_code`, the same one for the same seed: whoever has the seed and not the
        key can't tell it."""
        digest = hmac.new(self._mac_key, f"code/{seed}".encode(), hashlib.sha256).digest()
        rest, code = int.from_bytes(digest), ""
        while len(code) < _CODE_LENGTH:
            rest, place = divmod(rest, len(_ALPHABET))
            code += _ALPHABET[place]
        return code

    def number(self, word: str) -> int:
        """A keyed number of 63 bits for a word that must be found without being kept."""
        digest = hmac.new(self._mac_key, f"word/{word}".encode(), hashlib.sha256).digest()
        return int.from_bytes(digest[:8]) >> 1


def new_code(length: int = _CODE_LENGTH) -> str:
    """A random code of easily told-apart letters and digits (about 5.7 bits each)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _fernet(secret_key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_derive(secret_key, b"columns")))


def _derive(secret_key: str, purpose: bytes) -> bytes:
    # The secret has at least 128 bits by the settings' check, so HKDF (no stretching) is right.
    return HKDF(hashes.SHA256(), 32, salt=None, info=b"palier/" + purpose).derive(secret_key.encode())
