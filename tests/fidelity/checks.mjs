// checks: TAP lines, the simulator's control API, and waiting for something instead of sleeping.
let failed = 0;

export const url = process.env.SIM_URL;

export function check(name, passed, seen) {
	console.log(`${passed ? 'ok' : 'not ok'} - ${name}`);
	if (passed) return;
	failed++;
	console.log(`#   saw ${JSON.stringify(seen)}`);
}

export function finish() {
	process.exit(failed ? 1 : 0);
}

export async function control(path, body) {
	const answer = await fetch(`${url}/_control/${path}`, {
		method: body ? 'POST' : 'GET',
		body: body && JSON.stringify(body),
	});
	const json = await answer.json();
	if (!answer.ok) throw new Error(`${path}: ${json.error}`);
	return json;
}

export const inject = (act, args) => control('inject', { act, ...args });

// Resolves with the first truthy value of `probe`, asked again after every turn.
export async function until(what, probe, ms = 20000) {
	for (const end = Date.now() + ms; Date.now() < end;) {
		const value = await probe();
		if (value) return value;
		await new Promise((done) => setTimeout(done, 20));
	}
	throw new Error(`gave up waiting for ${what}`);
}
