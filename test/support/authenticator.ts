import { isoCBOR } from "@simplewebauthn/server/helpers";

const base64url = (bytes: Uint8Array | ArrayBuffer): string =>
  new Uint8Array(bytes).toBase64({ alphabet: "base64url", omitPadding: true });
const sha256 = async (bytes: Uint8Array): Promise<Uint8Array> =>
  new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
const utf8 = new TextEncoder();
const concat = (...parts: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));

/** The flags of authenticator data (WebAuthn §6.1). */
const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const HAS_CREDENTIAL = 0x40;

/** What an authenticator may do wrong, or a site may be that asks it. */
interface Faults {
  readonly origin?: string;
  readonly rpId?: string;
  readonly isUserVerified?: boolean;
  readonly signCount?: number;
}

const trimZeros = (bytes: Uint8Array): Uint8Array => {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const trimmed = bytes.slice(start);
  return (trimmed[0] ?? 0) > 127 ? concat(Uint8Array.of(0), trimmed) : trimmed;
};

/** WebCrypto's signature as DER, which WebAuthn has. */
function toDer(signature: Uint8Array): Uint8Array {
  const [r, s] = [trimZeros(signature.slice(0, 32)), trimZeros(signature.slice(32))];
  const body = concat(Uint8Array.of(2, r.length), r, Uint8Array.of(2, s.length), s);
  return concat(Uint8Array.of(0x30, body.length), body);
}

/** An authenticator with one passkey (ES256), as a browser has it. */
export class Authenticator {
  readonly #keys: CryptoKeyPair;
  readonly #id = crypto.getRandomValues(new Uint8Array(16));
  #signCount = 0;

  private constructor(keys: CryptoKeyPair) {
    this.#keys = keys;
  }

  static async create(): Promise<Authenticator> {
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    if (!("publicKey" in keys)) throw new Error("no pair of keys");
    return new Authenticator(keys);
  }

  async #data(faults: Faults, more: Uint8Array = new Uint8Array()): Promise<Uint8Array> {
    const { rpId = "farebox.test", isUserVerified = true } = faults;
    const count = new Uint8Array(4);
    new DataView(count.buffer).setUint32(0, faults.signCount ?? this.#signCount);
    const flags =
      USER_PRESENT | (isUserVerified ? USER_VERIFIED : 0) | (more.length > 0 ? HAS_CREDENTIAL : 0);
    return concat(await sha256(utf8.encode(rpId)), Uint8Array.of(flags), count, more);
  }

  #clientData(type: string, challenge: unknown, faults: Faults): Uint8Array {
    const origin = faults.origin ?? "http://farebox.test";
    return utf8.encode(JSON.stringify({ type, challenge, origin, crossOrigin: false }));
  }

  /** Answers `navigator.credentials.create()`, as JSON. */
  async make(options: Record<string, unknown>, faults: Faults = {}) {
    const jwk = await crypto.subtle.exportKey("jwk", this.#keys.publicKey);
    if (!("x" in jwk)) throw new Error("no key of a curve");
    const coordinate = (text = "") => Uint8Array.fromBase64(text, { alphabet: "base64url" });
    const cose = isoCBOR.encode(
      new Map<number, number | Uint8Array>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, coordinate(jwk.x)],
        [-3, coordinate(jwk.y)],
      ]),
    );
    const idLength = Uint8Array.of(0, this.#id.length);
    const authData = await this.#data(faults, concat(new Uint8Array(16), idLength, this.#id, cose));
    const attestation = new Map<string, Parameters<typeof isoCBOR.encode>[0]>([
      ["fmt", "none"],
      ["attStmt", new Map()],
      ["authData", authData],
    ]);
    return {
      id: base64url(this.#id),
      rawId: base64url(this.#id),
      type: "public-key",
      clientExtensionResults: {},
      authenticatorAttachment: "platform",
      response: {
        clientDataJSON: base64url(
          this.#clientData("webauthn.create", options["challenge"], faults),
        ),
        attestationObject: base64url(isoCBOR.encode(attestation)),
        transports: ["internal"],
      },
    };
  }

  /** Answers `navigator.credentials.get()`, as JSON. */
  async sign(options: Record<string, unknown>, faults: Faults = {}) {
    this.#signCount += 1;
    const authenticatorData = await this.#data(faults);
    const clientData = this.#clientData("webauthn.get", options["challenge"], faults);
    const signed = concat(authenticatorData, await sha256(clientData));
    const algorithm = { name: "ECDSA", hash: "SHA-256" };
    const signature = await crypto.subtle.sign(algorithm, this.#keys.privateKey, signed);
    return {
      id: base64url(this.#id),
      rawId: base64url(this.#id),
      type: "public-key",
      clientExtensionResults: {},
      response: {
        clientDataJSON: base64url(clientData),
        authenticatorData: base64url(authenticatorData),
        signature: base64url(toDer(new Uint8Array(signature))),
        userHandle: base64url(utf8.encode("someone")),
      },
    };
  }
}
