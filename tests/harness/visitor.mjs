/*
 * visitor: somebody with cookies who asks api directly, without a browser.
 */
import { equal, ok } from "node:assert";
import { caughtUp } from "./stack.mjs";

export class Visitor {
	cookies = new Map();
	csrf = "";

	constructor(stack) {
		this.stack = stack;
	}

	async fetch(url, options = {}) {
		await caughtUp();
		const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
		const response = await fetch(new URL(url, this.stack.url), {
			redirect: "manual", ...options, headers: { cookie, ...options.headers },
		});
		for (const line of response.headers.getSetCookie()) {
			const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
			this.cookies.set(name, value);
		}
		return response;
	}

	/* Through the consent page of the simulator, as the user with that mark. */
	async logIn(mark) {
		const start = await this.fetch("/login?next=/somewhere");
		const consent = new URL(start.headers.get("location"));
		const page = await (await fetch(consent)).text();
		const label = page.split("<label>").find((text) => text.includes(mark));
		const form = new URLSearchParams([...consent.searchParams, ["permissions", ""], ["action", "authorize"],
			["user", /value="(\d+)"/.exec(label)[1]]]);
		const back = await fetch(`${consent.origin}${consent.pathname}`, { method: "POST", body: form, redirect: "manual" });
		const end = await this.fetch(back.headers.get("location"));
		equal(end.headers.get("location"), "/somewhere");
		this.csrf = (await this.get("/api/v1/me")).csrf_token;
	}

	/* An answer that must be 200. */
	async get(path) {
		const response = await this.fetch(path);
		const body = await response.json();
		equal(response.status, 200, `${path}: ${JSON.stringify(body)}`);
		return body;
	}

	/* A change, with the token that changes need; the answer's body, null when there is none. */
	async change(method, path, body) {
		const response = await this.fetch(path, {
			method, body: body && JSON.stringify(body),
			headers: { "content-type": "application/json", "x-csrf-token": this.csrf },
		});
		const text = await response.text();
		ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
		return text ? JSON.parse(text) : null;
	}
}
