/*
 * cluster: a real Redis Cluster for story tests: three masters with a replica each, on free ports of the loopback,
 * and the means to move its slots and to end its nodes. It is born whole: every node finds the others in its nodes.conf.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Part } from "./parts.mjs";
import { freePorts, root, until } from "./stack.mjs";

const MASTERS = 3, NODES = 2 * MASTERS, SLOTS = 16384;
const PASSWORD = "s3cret";

class Node extends Part {
	constructor(parent, index, port, busPort) {
		const dir = join(parent, `node${index}`);
		mkdirSync(dir, { recursive: true });
		super(dir, "redis", [join(root, "deploy/redis/start.sh"), "redis-server", "--bind", "127.0.0.1", "--port", String(port), "--save", "", "--appendonly", "yes", "--requirepass", PASSWORD,
			"--masterauth", PASSWORD, "--cluster-enabled", "yes", "--cluster-port", String(busPort), "--cluster-node-timeout", "2000",
			"--cluster-replica-validity-factor", "0", "--repl-diskless-sync-delay", "0", "--maxmemory-policy", "noeviction"]);
		Object.assign(this, { index, port, busPort, id: (index + 1).toString(16).padStart(40, "0") });
	}

	/* Its line in nodes.conf: at first, node i + MASTERS is the replica of i. */
	line(self) {
		const isMaster = this.index < MASTERS;
		const what = isMaster ? "master -" : `slave ${(this.index - MASTERS + 1).toString(16).padStart(40, "0")}`;
		const slots = isMaster ? ` ${Math.floor((SLOTS * this.index) / MASTERS)}-${Math.floor((SLOTS * (this.index + 1)) / MASTERS) - 1}` : "";
		return `${this.id} 127.0.0.1:${this.port}@${this.busPort} ${self === this ? "myself," : ""}${what} 0 0 ${(this.index % MASTERS) + 1} connected${slots}\n`;
	}

	ask(...args) {
		return execFileSync("redis-cli", ["--json", "-p", String(this.port), ...args.map(String)], { encoding: "utf8", maxBuffer: 1 << 30, timeout: 20_000,
			env: { ...process.env, REDISCLI_AUTH: PASSWORD }, stdio: ["ignore", "pipe", "pipe"] });
	}

	/* A command's answer; throws when it is an error. */
	cli(...args) {
		const out = this.ask(...args);
		if (out.startsWith("error:")) throw new Error(out);
		return JSON.parse(out);
	}

	/* Is the line in what INFO tells, or CLUSTER INFO? */
	says(section, line) {
		try {
			return this.ask(...(section === "cluster" ? ["CLUSTER", "INFO"] : ["INFO", section])).split("\r\n").includes(line);
		} catch {
			return false;
		}
	}
}

export class Cluster {
	/* Under <parent>; returns when it takes writes and the replicas follow. */
	static async start(parent) {
		const cluster = new Cluster();
		const ports = await freePorts(2 * NODES);
		cluster.nodes = Array.from({ length: NODES }, (_, i) => new Node(parent, i, ports[i], ports[NODES + i]));
		for (const node of cluster.nodes) {
			writeFileSync(join(node.dir, "nodes.conf"), cluster.nodes.map((other) => other.line(node)).join("") + `vars currentEpoch ${MASTERS} lastVoteEpoch 0\n`);
			node.start();
		}
		await cluster.isWhole();
		return cluster;
	}

	/* Names two nodes of six. */
	get url() {
		return `redis://:${PASSWORD}@127.0.0.1:${this.nodes[0].port},127.0.0.1:${this.nodes[1].port}`;
	}

	get running() {
		return this.nodes.filter((node) => node.isRunning);
	}

	/* Every node is there, and every replica follows its master. */
	isWhole() {
		return until("the cluster to be whole", () => this.nodes.every((node) => node.says("cluster", "cluster_state:ok")
			&& (node.says("replication", "role:master") || node.says("replication", "master_link_status:up"))));
	}

	/* Who serves the key now; waits through a failover. */
	master(key) {
		return until(`a master of ${key}`, () => this.running.find((node) => {
			try {
				return Number.isInteger(node.cli("EXISTS", key));
			} catch {
				return false;
			}
		}));
	}

	replica(master) {
		return until(`a replica of node ${master.index}`, () => this.running.find((node) => node.says("replication", `master_port:${master.port}`)
			&& node.says("replication", "master_link_status:up")));
	}

	/* Moves the key's slot to another master, key by key; `meanwhile` is awaited between the steps. */
	async move(key, meanwhile) {
		const from = await this.master(key);
		const to = this.running.find((node) => node !== from && node.says("replication", "role:master"));
		const slot = from.cli("CLUSTER", "KEYSLOT", key);
		to.cli("CLUSTER", "SETSLOT", slot, "IMPORTING", from.id);
		from.cli("CLUSTER", "SETSLOT", slot, "MIGRATING", to.id);
		await meanwhile();
		for (let keys; (keys = from.cli("CLUSTER", "GETKEYSINSLOT", slot, 1)).length > 0;) {
			from.cli("MIGRATE", "127.0.0.1", to.port, keys[0], 0, 20_000, "REPLACE", "AUTH", PASSWORD);
			await meanwhile();
		}
		to.cli("CLUSTER", "SETSLOT", slot, "NODE", to.id);
		for (const node of this.running)
			if (node !== to && node.says("replication", "role:master")) node.cli("CLUSTER", "SETSLOT", slot, "NODE", to.id);
		return { from, to };
	}

	/* CLUSTER FAILOVER: the replica of the key's master takes over with everything. */
	async handOver(key) {
		const replica = await this.replica(await this.master(key));
		replica.cli("CLUSTER", "FAILOVER");
		await until("the hand-over", async () => (await this.master(key)) === replica);
	}

	/* The master of the key hears no more of its replica, and the replica nothing of what follows. */
	async cutOff(key) {
		const master = await this.master(key);
		const replica = await this.replica(master);
		replica.cli("CONFIG", "SET", "masterauth", "wrong");
		master.cli("CLIENT", "KILL", "TYPE", "replica");
		await until("the replica to be cut off", () => replica.says("replication", "master_link_status:down"));
		return { master, replica };
	}

	/* kill -9 of the key's master; returns when its replica has taken over. */
	async kill(key) {
		const master = await this.master(key);
		await master.end("SIGKILL");
		for (const node of this.running) node.cli("CONFIG", "SET", "masterauth", PASSWORD);
		const successor = await this.master(key);
		return { master, successor };
	}

	/* The key's master stops, its connections open; returns when its replica has taken over. */
	async hang(key) {
		const master = await this.master(key);
		master.signal("SIGSTOP");
		master.isRunning = false;
		await this.master(key);
		return master;
	}

	/* It goes on as if nothing had been, and is told. */
	wake(node) {
		node.signal("SIGCONT");
		node.isRunning = true;
		return this.isWhole();
	}

	async end() {
		await Promise.all(this.running.map((node) => node.end("SIGKILL")));
	}
}
