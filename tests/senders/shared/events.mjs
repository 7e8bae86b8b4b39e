// How a program is told to send: a line on standard input for each event.
import { createInterface } from "node:readline";

export const url = process.argv[2];

export async function each(send) {
  console.log("ready");
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      await send(line.trim());
    } catch (error) {
      console.error(error);
    }
    console.log("sent");
  }
  process.exit(0);
}
