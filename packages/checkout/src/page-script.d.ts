/** A page script bundled to one minified string; see scripts/page-script.ts. */
declare module '*?script' {
  const text: string
  export default text
}
