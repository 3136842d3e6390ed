/** The API reference as a file: its path, here and in the executable. */
declare module "*/standalone.js" {
  const path: string;
  export default path;
}
