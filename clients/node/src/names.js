// Options are the keys of the protocol in camel case: maxRepetitions is max_repetitions. There is no list of
// them, so that what a later service knows can be said without a later client.

const names = new Map(); // those that were met

function protocolName(option) {
    let name = names.get(option);
    if (name === undefined) {
        name = option.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
        names.set(option, name);
    }
    return name;
}

/** Options as keys of a request. */
export function protocolKeys(options) {
    const keys = {};
    for (const option of Object.keys(options)) {
        keys[protocolName(option)] = options[option];
    }
    return keys;
}
