// `AppType` is inferred from the Worker's own source, which is read along with this page's. This is
// where a Worker's types go beyond a browser's.
interface SubtleCrypto {
  timingSafeEqual(a: ArrayBuffer | ArrayBufferView, b: ArrayBuffer | ArrayBufferView): boolean;
  sign(algorithm: "HMAC", key: CryptoKey, data: ArrayBufferView): Promise<ArrayBuffer>;
}
