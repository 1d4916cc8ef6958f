/* simulator: a discord-sim of its own, for what is started with a bot token. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { bin, freePorts, root, until } from "./stack.mjs";

export class Simulator {
	token = "a-token-of-this-test";
	clientId = "1100000000000000042";
	clientSecret = "a-secret-of-this-test";

	/* Without history. `url`: of the dashboard people come back to. */
	static async start(url, env = {}) {
		const sim = new Simulator();
		const [port, adminPort] = await freePorts(2);
		sim.url = `http://127.0.0.1:${port}`;
		sim.child = spawn(join(root, bin, "bin/discord-sim"), [], { stdio: "ignore", env: {
			PATH: process.env.PATH, SIM_PORT: String(port), ADMIN_PORT: String(adminPort), SIM_CONTROL: "on", SIM_PRESET: "tiny",
			SIM_HISTORY_DAYS: "0", SIM_BOT_TOKEN: sim.token, SIM_CLIENT_ID: sim.clientId, SIM_CLIENT_SECRET: sim.clientSecret,
			SIM_REDIRECT_URIS: `${url}/callback`, ...env,
		} });
		sim.ended = new Promise((resolve) => sim.child.once("exit", resolve));
		await until("the simulator", () => fetch(`${sim.url}/_control/clock`));
		return sim;
	}

	/* What an owner of a bot would set. */
	get settings() {
		return {
			DISCORD_BOT_TOKEN: this.token, DISCORD_CLIENT_ID: this.clientId, DISCORD_CLIENT_SECRET: this.clientSecret,
			DISCORD_API_BASE: `${this.url}/api/v10`, DISCORD_CDN_BASE: `${this.url}/cdn`,
		};
	}

	stop() {
		this.child.kill("SIGTERM");
		return this.ended;
	}
}
