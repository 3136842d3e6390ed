/** A migration as the text that it is. */
declare module "*.sql" {
  const text: string;
  export default text;
}
