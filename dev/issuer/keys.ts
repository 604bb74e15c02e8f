import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from "jose";

const ALGORITHM = "RS256";

/** A key with which ID tokens are signed, and the public part that the issuer shows. */
export interface SigningKey {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

/** Makes a key pair. */
export async function newSigningKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(ALGORITHM);
  const kid = crypto.randomUUID();
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: ALGORITHM, use: "sig" };
  return { kid, privateKey, jwk };
}
