/** A program that asks a venue with a certificate of nobody's: argument 1 its port. Tells what it got, one JSON line. */

import { openWebSocket } from "../venue/wire/socket.ts";
import { RestThread } from "./rest_client.ts";

const place = `localhost:${process.argv[2]}`;
const rest = new RestThread({ baseUrls: [`https://${place}`] });
const headers = { "X-MBX-APIKEY": "CanaryOfTheHeader" };
const answered = new Promise<number>((resolve) => {
  const request = { method: "GET", url: `https://${place}/order?signature=CanaryOfTheUrl`, headers } as const;
  rest.send(request, ({ status }) => resolve(status));
});
const nothing = () => undefined;
const heard = Promise.withResolvers<boolean>();
const [opened, closed] = [() => heard.resolve(true), () => heard.resolve(false)];
const socket = openWebSocket(`wss://${place}/ws`, { opened, closed, text: nothing, binary: nothing, alive: nothing });
process.stdout.write(`${JSON.stringify({ status: await answered, opened: await heard.promise })}\n`);
rest.close();
socket.close();
