/* An EventSource whose server is the test. */
type Listener = (event: MessageEvent<string>) => void;

export class FakeEventSource {
	static readonly CONNECTING = 0;
	static readonly OPEN = 1;
	static readonly CLOSED = 2;
	static all: FakeEventSource[] = [];

	readyState = FakeEventSource.CONNECTING;
	readonly url: string;
	private readonly listeners = new Map<string, Listener>();

	constructor(url: string) {
		this.url = url;
		FakeEventSource.all.push(this);
	}

	addEventListener(type: string, listener: Listener) {
		this.listeners.set(type, listener);
	}

	close() {
		this.readyState = FakeEventSource.CLOSED;
	}

	say(data: unknown) {
		this.readyState = FakeEventSource.OPEN;
		this.listeners.get('live')?.(new MessageEvent('live', { data: JSON.stringify(data) }));
	}

	fail({ forGood }: { forGood: boolean }) {
		this.readyState = forGood ? FakeEventSource.CLOSED : FakeEventSource.CONNECTING;
		this.listeners.get('error')?.(new MessageEvent('error'));
	}
}
