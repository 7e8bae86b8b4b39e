// Servers of programs that send what was ordered of them.
import { spawn } from "node:child_process";
import { createServer } from "node:net";

export const freePort = () =>
  new Promise((resolve) => {
    const free = createServer().listen(0, "127.0.0.1", () => {
      const { port } = free.address();
      free.close(() => resolve(port));
    });
  });

// Start an installed program; it ends with this one.
export async function started(program, options, url) {
  const server = spawn(`node_modules/.bin/${program}`, options, { stdio: ["ignore", 2, 2] });
  process.on("exit", () => server.kill());
  for (let tries = 0; tries < 600; tries += 1) {
    if (await fetch(url).then(() => true, () => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${program} does not answer`);
}

export async function ordered(url, order) {
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(order),
  });
  if (answer.status !== 201) throw new Error(`${answer.status}`);
}
