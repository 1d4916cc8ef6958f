/* .env.example and docker-compose.yml against the options that the programs have. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { bin, root, tap } from "../harness/stack.mjs";

const t = tap();

await t.test(".env.example is what the programs say, and their options reach them", () => {
	execFileSync("node", [join(root, "deploy/docker/env_example.mjs"), join(root, bin, "bin"), "--check"], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
});

t.end();
