/*
 * s3: a bucket of an S3-compatible store on the loopback (s3rver), behind a line that can be hurt: answers that are
 * errors, connections that end in the middle, answers that get lost.
 *
 * Where s3rver is easier than S3, the line is not: it checks signature V4 and the body's SHA-256, and it remembers the
 * multipart uploads that were begun, lists them, takes them back, and ends none twice.
 */
import { createHash, createHmac } from "node:crypto";
import { mkdirSync } from "node:fs";
import { createServer, request } from "node:http";
import { join } from "node:path";
import S3rver from "s3rver";

const NAME = "backups";
const listen = (server) => new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));

/* Why S3 would refuse this, as [status, code]; undefined when it would not. As
 * docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html says. */
function refusal({ method, headers }, url, body) {
	const parsed = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/
		.exec(headers.authorization ?? "");
	if (!parsed) return [403, "AccessDenied"];
	const [, id, day, region, names, signature] = parsed;
	if (id !== Bucket.accessKey) return [403, "InvalidAccessKeyId"];
	const sha256 = (data) => createHash("sha256").update(data).digest("hex");
	const hmac = (key, data) => createHmac("sha256", key).update(data).digest();
	const encode = (text) => encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
	const query = [...url.searchParams].map(([name, value]) => `${encode(name)}=${encode(value)}`).sort().join("&");
	const canonical = [method, url.pathname, query, ...names.split(";").map((name) => `${name}:${headers[name].trim()}`), "", names,
		headers["x-amz-content-sha256"]].join("\n");
	const toSign = ["AWS4-HMAC-SHA256", headers["x-amz-date"], `${day}/${region}/s3/aws4_request`, sha256(canonical)].join("\n");
	const key = [day, region, "s3", "aws4_request"].reduce(hmac, `AWS4${Bucket.secretKey}`);
	if (hmac(key, toSign).toString("hex") !== signature) return [403, "SignatureDoesNotMatch"];
	const at = headers["x-amz-date"].replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z");
	if (Math.abs(Date.parse(at) - Date.now()) > 15 * 60_000) return [403, "RequestTimeTooSkewed"];
	return sha256(body) === headers["x-amz-content-sha256"] ? undefined : [400, "XAmzContentSHA256Mismatch"];
}

export class Bucket {
	static accessKey = "S3RVER";
	static secretKey = "of/nobody+else";

	/* Where s3rver keeps what it was given: <directory>/backups/<key>._S3rver_object */
	static async start(parent) {
		const bucket = new Bucket();
		bucket.directory = join(parent, "s3");
		mkdirSync(bucket.directory);
		bucket.server = new S3rver({ address: "127.0.0.1", port: 0, silent: true, directory: bucket.directory,
			serviceEndpoint: "localhost", configureBuckets: [{ name: NAME, configs: [] }] });
		bucket.behind = (await bucket.server.run()).port;
		bucket.line = createServer((asked, answer) => bucket.pass(asked, answer));
		bucket.port = await listen(bucket.line);
		bucket.calls = [];
		bucket.uploads = new Map();
		bucket.fault = () => undefined;
		return bucket;
	}

	/* Settings of backup-scheduler. */
	env(more = {}) {
		return { S3_ENDPOINT: `http://127.0.0.1:${this.port}`, S3_BUCKET: NAME, S3_PREFIX: "rations/",
			S3_ACCESS_KEY_ID: Bucket.accessKey, S3_SECRET_ACCESS_KEY: Bucket.secretKey, ...more };
	}

	file(key) {
		return join(this.directory, NAME, "rations", `${key}._S3rver_object`);
	}

	/* `fault(call)` may say what becomes of a call: { status }: an error; { cut: true }: the line breaks before it
	 * arrives whole; { lost: true }: it is carried out, and the answer is lost. Since then, `calls`: what was asked. */
	hurt(fault = () => undefined) {
		this.fault = fault;
		this.calls = [];
	}

	pass(asked, answer) {
		const url = new URL(asked.url, "http://bucket");
		const call = { method: asked.method, path: url.pathname, query: url.searchParams, range: asked.headers.range };
		this.calls.push(call);
		const fault = this.fault(call) ?? {};
		const parts = [];
		asked.on("error", () => {}).on("data", (part) => {
			parts.push(part);
			if (fault.cut) asked.socket.destroy();
		}).on("end", () => {
			const body = Buffer.concat(parts);
			const refused = fault.status ? [fault.status, "SlowDown"] : refusal(asked, url, body) ?? this.noUpload(call);
			if (refused) answer.writeHead(refused[0], { "retry-after": "0" }).end(`<Error><Code>${refused[1]}</Code></Error>`);
			else if (!this.answerUploads(call, answer)) this.forward(asked, body, answer, call, fault);
		});
	}

	noUpload({ method, query }) {
		const id = method === "GET" ? null : query.get("uploadId");
		return id === null || this.uploads.has(id) ? undefined : [404, "NoSuchUpload"];
	}

	answerUploads({ method, query }, answer) {
		if (method === "GET" && query.has("uploads")) {
			const rows = [...this.uploads].map(([id, { key, at }]) =>
				`<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${at.toISOString()}</Initiated></Upload>`);
			answer.end(`<?xml version="1.0"?><ListMultipartUploadsResult>${rows.join("")}</ListMultipartUploadsResult>`);
			return true;
		}
		if (method === "DELETE" && query.has("uploadId")) {
			this.uploads.delete(query.get("uploadId"));
			answer.writeHead(204).end();
			return true;
		}
		return false;
	}

	forward(asked, body, answer, call, fault) {
		const inner = request({ host: "127.0.0.1", port: this.behind, method: asked.method, path: asked.url, headers: asked.headers }, (reply) => {
			const parts = [];
			reply.on("data", (part) => parts.push(part)).on("end", () => {
				const told = Buffer.concat(parts);
				this.remember(call, told.toString("latin1"));
				if (fault.lost) return answer.destroy();
				answer.writeHead(reply.statusCode, reply.headers).end(told);
			});
		});
		inner.on("error", () => answer.destroy());
		inner.end(body);
	}

	remember({ method, path, query }, told) {
		if (method === "POST" && query.has("uploads"))
			this.uploads.set(/<UploadId>([^<]+)/.exec(told)[1], { key: path.replace(`/${NAME}/`, "").replace(/^\//, ""), at: new Date() });
		if (method === "POST" && query.has("uploadId") && !told.includes("<Error>")) this.uploads.delete(query.get("uploadId"));
	}

	async stop() {
		this.line.closeAllConnections();
		await new Promise((done) => this.line.close(done));
		await this.server.close();
	}
}
