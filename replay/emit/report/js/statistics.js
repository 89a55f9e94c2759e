// Numbers about many exchanges.

// Nearest rank, of ascending values.
export function percentile(sorted, share) {
    if (sorted.length === 0) return NaN;
    return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

export function sortedNumbers(values) {
    return Float64Array.from(values).filter((value) => !Number.isNaN(value)).sort();
}

// The smallest of 1, 2, 5 times a power of ten that is not below the value.
export function niceStep(value) {
    const power = 10 ** Math.floor(Math.log10(value));
    for (const factor of [1, 2, 5]) {
        if (factor * power >= value * 0.999999) return factor * power;
    }
    return 10 * power;
}

// How often each class of `classOf(i)` occurs in each of at most `most` equal spans of time.
export function timeBins(times, span, most, classes, classOf) {
    const step = niceStep(Math.max(span, 1) / most);
    const bins = Array.from({ length: Math.floor(span / step) + 1 }, () => new Uint32Array(classes));
    for (let i = 0; i < times.length; i++) {
        const bin = Math.min(bins.length - 1, Math.max(0, Math.floor(times[i] / step)));
        bins[bin][classOf(i)]++;
    }
    return { step, bins };
}

// Counts of positive values in bins of equal width on a logarithmic scale. Bin i goes from
// 10 ** ((first + i) / perDecade).
export function logBins(sorted, perDecade) {
    const place = (value) => Math.floor(Math.log10(Math.max(value, 1)) * perDecade + 1e-9);
    if (sorted.length === 0) return { first: 0, counts: [] };
    const first = place(sorted[0]);
    const counts = new Array(place(sorted[sorted.length - 1]) - first + 1).fill(0);
    for (const value of sorted) counts[place(value) - first]++;
    return { first, counts };
}
