declare module "*.wasm" {
  const compiled: WebAssembly.Module;
  export default compiled;
}

declare module "*.txt" {
  const text: string;
  export default text;
}
