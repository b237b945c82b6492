// Which calls an AbortSignal ends. Each signal gets one listener, however many calls follow it: one signal
// for many calls is usual, and Node warns of a signal that has more than ten listeners.

const followers = new Map(); // by signal, while there are any

class Followers extends Set {
    constructor(signal) {
        super();
        this.signal = signal;
        signal.addEventListener('abort', this);
    }

    handleEvent() {
        for (const call of [...this]) {
            call.abandon(this.signal.reason);
        }
    }
}

export function follow(signal, call) {
    let calls = followers.get(signal);
    if (calls === undefined) {
        calls = new Followers(signal);
        followers.set(signal, calls);
    }
    calls.add(call);
}

export function unfollow(signal, call) {
    const calls = followers.get(signal);
    if (calls?.delete(call) && calls.size === 0) {
        signal.removeEventListener('abort', calls);
        followers.delete(signal);
    }
}
