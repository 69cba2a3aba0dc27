// @ts-check
// The page's side of a race in Node: histories, files, and which worker trains which lane how far. `node --test
// tests/race.test.mjs`.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axisEnd, countUpTo, epochsOf } from '../www/ui/race/epochs.js';
import { epochsCsv, stepsCsv } from '../www/ui/race/file_csv.js';
import { raceJson, readRace } from '../www/ui/race/file_json.js';
import { Feed } from '../www/ui/race/feed.js';
import { sweepOf } from '../www/ui/race/figures.js';
import { History } from '../www/ui/race/history.js';
import { linked } from '../www/ui/race/lane.js';
import { secondsLeft } from '../www/ui/race/left.js';
import { looksOf } from '../www/ui/race/looks.js';
import { Race } from '../www/ui/race/race.js';
import { repeatKey } from '../www/ui/race/same.js';

const spec = (more = {}) => ({
    norm: { kind: 'group', groups: 5 }, batch: 32, learningRate: 1e-3, seed: 1, device: 'cpu', model: 'tutorial', optimizer: 'adam',
    epsilon: 1e-5, momentum: 0.01, affine: 'identity', plateau: null, ...more,
});
const course = { data: 'mnist', trainOn: 'train', judgeEvery: 2000, judgeImages: 1000 };
const report = (step, losses, more = {}) => ({
    step, nImages: 32 * step, epoch: 0, losses, accuracies: losses.map(loss => 1 - loss / 4), millisAStep: 10, orderHash: 'ab', kept: [0, 4], ...more,
});
const evaluation = (step, epoch, loss, more = {}) => ({ step, epoch, nImages: 10000, loss, accuracy: 0.9, batchStatistics: undefined, ...more });

test('an axis of time ends at the least even part of the course that holds everything', () => {
    assert.equal(axisEnd(0, 12000), 12000);
    assert.deepEqual([1, 59, 60, 61, 130, 2500, 6001, 12000, 12032].map(reached => axisEnd(reached, 12000)), [1.2, 60, 60, 120, 240, 6000, 12000, 12000, 12032]);
    assert.equal(axisEnd(700, Infinity), 700);
    for (const goal of [1, 7, 6000, 780000]) {
        for (let reached = goal / 1e5; reached < goal; reached *= 1.01) {
            const end = axisEnd(reached, goal);
            assert.ok(end >= reached && reached / end > 0.39, `${reached} of ${goal}: ${end}`);
        }
    }
});

test('the time left is that of the busiest worker, evaluation included', () => {
    const lane = (id, workerIdx, more = {}) => ({ ...laneOf(id, `lane ${id}`), history: new History(), workerIdx, millisAStep: 16, ...more });
    // 2 epochs of 6,000 images: 375 steps of 32 images; each evaluated 3 times on 1,000 test images and once on 10,000.
    const race = lanes => ({ lanes, course, epochImages: 6000, goalImages: 12000 }), steps = 375 * 0.016;
    assert.equal(secondsLeft(race([])), undefined);
    assert.equal(secondsLeft(race([lane(1, 0, { millisAStep: 0 })])), undefined, 'no step is timed');
    assert.equal(secondsLeft({ ...race([lane(1, 0)]), goalImages: Infinity }), undefined);
    assert.equal(secondsLeft(race([lane(1, 0)])), steps);
    assert.equal(secondsLeft(race([lane(1, 0, { millisAJudged: 0.5 })])), steps + 13);
    assert.equal(secondsLeft(race([lane(1, 0, { millisAJudged: 0.5 }), lane(2, 0, { millisAJudged: 1 })])), 2 * steps + 3 * 13);
    // One that was not evaluated yet will take about as long as the others; a worker waits for no other.
    assert.equal(secondsLeft(race([lane(1, 0, { millisAJudged: 0.5 }), lane(2, 0)])), 2 * steps + 2 * 13);
    assert.equal(secondsLeft(race([lane(1, 0, { millisAJudged: 0.5 }), lane(2, 1)])), steps + 13);
    const half = lane(1, 0, { millisAJudged: 0.5 });
    half.history.report({ ...report(1, [1]), nImages: 6000 }, 32);
    assert.equal(secondsLeft(race([half, lane(2, 0, { isRecord: true }), lane(3, 0, { failure: {} })])), steps / 2 + 6.5);
});

test('lanes read from a file know what they were forked from by its new number', () => {
    const lanes = [laneOf(7, 'BN'), laneOf(8, 'BN → rate 0.01'), laneOf(9, 'an orphan')];
    const read = [{ id: 3, fork: undefined }, { id: 5, fork: { from: 3, step: 20 } }, { id: 6, fork: { from: 4, step: 2 } }];
    assert.deepEqual(linked(lanes, read).map(([{ id }, fork]) => [id, fork]), [[7, undefined], [8, { from: 7, step: 20 }], [9, { from: 0, step: 2 }]]);
});

test('a history takes in reports, and forgets what an engine lost', () => {
    const history = new History();
    history.report(report(3, [2.5, 2, 1.5]), 32);
    history.judge([evaluation(3, 0, 1.4)], []);
    history.report(report(5, [1.25, 1]), 32);
    history.judge([evaluation(5, 0, 1.1)], []);
    history.marks.push({ step: 2, change: { batch: 8 } }, { step: 4, change: { batch: 16 } });
    assert.deepEqual([...history.images.values], [32, 64, 96, 128, 160]);
    assert.equal(history.nImages, 160);
    // Steps 4 and 5 were lost: the engine reports step 4 again.
    history.report(report(4, [1.75]), 32);
    assert.deepEqual([...history.losses.values], [2.5, 2, 1.5, 1.75]);
    assert.deepEqual(history.judgements.map(({ step }) => step), [3]);
    assert.deepEqual(history.marks.map(({ step }) => step), [2]);
    assert.deepEqual(history.cuts, [3]);
    const fork = history.until(2);
    history.report(report(5, [9]), 32);
    assert.deepEqual([...fork.losses.values], [2.5, 2]);
    assert.deepEqual(fork.judgements, []);
});

test('a series keeps its numbers as it grows', () => {
    const history = new History(), losses = Float32Array.from({ length: 1000 }, (_, at) => at / 8);
    for (let at = 0; at < 1000; at += 10) history.report(report(at + 10, [...losses.subarray(at, at + 10)]), 32);
    assert.deepEqual(history.losses.values, losses);
});

test('a step belongs to the epoch that it began in, as in src/race/preset/outcome.rs', () => {
    const history = new History();
    history.losses.push([4, 2, 0, 1, 3, 5, 9]);
    history.accuracies.push([0.5, 1, 0, 1, 0.5, 0, 0]);
    history.images.push([4, 8, 12, 16, 18, 20, 22]);
    const found = epochsOf(history, 10).map(({ epoch, trainLoss, trainAccuracy }) => [epoch, trainLoss, trainAccuracy]);
    assert.deepEqual(found, [[1, 2, 0.5], [2, 2.5, 0.625], [2.2, 9, 0]]);
});

test('epochs are means over their own images, and the evaluation after them', () => {
    const history = new History();
    // Epochs of 96 images: three steps each, the third epoch in progress.
    history.report(report(3, [3, 2, 1]), 32);
    history.judge([evaluation(3, 1, 0.5), evaluation(3, 1, 0.25)], []);
    history.report(report(6, [1, 1, 0.5]), 32);
    history.judge([evaluation(6, 2, 0.4)], []);
    history.report(report(7, [0.75]), 32);
    history.judge([evaluation(7, 2, 0.3, { nImages: 1000 })], []);
    const epochs = epochsOf(history, 96);
    assert.deepEqual(epochs.map(({ epoch }) => epoch), [1, 2, 224 / 96]);
    assert.deepEqual(epochs.map(({ trainLoss }) => trainLoss), [2, 2.5 / 3, 0.75]);
    assert.deepEqual(epochs.map(({ testLoss }) => testLoss), [0.5, 0.4, 0.3]);
    assert.deepEqual(epochs.map(({ byBatchLoss }) => byBatchLoss), [0.25, undefined, undefined]);
    assert.deepEqual(epochs.map(({ testImages }) => testImages), [10000, 10000, 1000]);
    assert.deepEqual(epochsOf(history, 0), []);
    assert.deepEqual([0, 31, 32, 33, 224, 999].map(most => countUpTo(history.images.values, most)), [0, 0, 1, 1, 7, 7]);
});

/** A lane as a race has it, with a history. */
function laneOf(id, name, more = {}) {
    const history = new History();
    history.report(report(4, [2.5, NaN, 0.1, Infinity]), 32);
    history.judge([evaluation(4, 0, Math.fround(0.123456789)), evaluation(4, 0, 0.5, { batchStatistics: 32 })], [{ gamma: [1, NaN], beta: [], rho: [], mix: [] }]);
    history.marks.push({ step: 2, change: { 'learning-rate': 0.01 } });
    return {
        id, name, spec: spec(more), history, workerIdx: 0, device: { kind: 'cpu', name: 'CPU SIMD' }, facts: { nParameters: 866818, nStatistics: 0, stateBytes: 10401816, memoryBytes: 12000000 }, startHash: '00ff',
        report: report(4, []), norms: [[1, 10, 26, 26]], millisAStep: 10, millisAJudged: 0, failure: undefined, fork: undefined, isRecord: false,
    };
}

test('a race written as JSON reads as it was, to the bit', () => {
    const lanes = [laneOf(7, 'GN 5'), { ...laneOf(9, 'the source’s "IN", again'), fork: { from: 7, step: 2 } }];
    const written = [...raceJson({ course, epochImages: 60000, goalImages: Infinity, lanes }, 'https://example.org/#g=2', '2026-01-02T03:04:05Z')].join('');
    const read = readRace(written);
    assert.deepEqual(read.course, course);
    assert.equal(read.epochImages, 60000);
    assert.equal(read.goalImages, Infinity);
    assert.equal(read.link, 'https://example.org/#g=2');
    assert.equal(JSON.parse(written).version, 1);
    read.lanes.forEach((lane, at) => {
        const { history } = lanes[at];
        for (const name of ['losses', 'accuracies', 'images']) assert.deepEqual(lane.history[name].values, history[name].values, name);
        assert.deepEqual(lane.history.marks, history.marks);
        assert.deepEqual(lane.history.judgements[0].norms, history.judgements[0].norms);
        assert.equal(Math.fround(lane.history.judgements[0].judged.loss), history.judgements[0].judged.loss);
        assert.equal(lane.history.judgements[0].byBatch?.loss, 0.5);
        for (const name of ['name', 'spec', 'device', 'facts', 'startHash', 'norms', 'fork']) assert.deepEqual(lane[name], lanes[at][name], name);
        assert.equal(lane.orderHash, 'ab');
    });
    const race = new Race(() => assert.fail('nothing goes wrong'));
    race.open(read.course, read.goalImages);
    race.addRecords(read);
    assert.deepEqual(race.lanes.map(({ name, isRecord }) => [name, isRecord]), [['GN 5', true], ['the source’s "IN", again', true]]);
    assert.deepEqual(race.lanes[1].fork, { from: race.lanes[0].id, step: 2 });
    const again = [...raceJson(race, '', '')].join('');
    assert.deepEqual(JSON.parse(again).lanes.map(({ losses }) => losses), JSON.parse(written).lanes.map(({ losses }) => losses));
});

test('what is not a race is reported, each fault with its own message', () => {
    const whole = JSON.parse([...raceJson({ course, epochImages: 60000, goalImages: 1e6, lanes: [laneOf(1, 'GN 5')] }, '', '')].join(''));
    const spoil = change => {
        const copy = structuredClone(whole);
        change(copy);
        return JSON.stringify(copy);
    };
    /** @type {[string, RegExp][]} */
    const cases = [
        ['', /no JSON/], ['{"format":', /no JSON/], ['[]', /no race/], ['null', /no race/], ['{"format":"other"}', /no race/],
        [spoil(file => { file.version = 2; }), /version 2, and this page reads version 1/],
        [spoil(file => { delete file.course; }), /“course”/],
        [spoil(file => { file.epochImages = -1; }), /“epochImages”/],
        [spoil(file => { file.lanes = {}; }), /“lanes”/],
        [spoil(file => { file.lanes = Array(99).fill(0); }), /99 lanes/],
        [spoil(file => { file.lanes[0] = 3; }), /“lanes\[0\]”/],
        [spoil(file => { file.lanes[0].spec.batch = 0; }), /“lanes\[0\].spec”/],
        [spoil(file => { file.lanes[0].losses[2] = 'much'; }), /lanes\[0\].losses\[2\] is "much"/],
        [spoil(file => { file.lanes[0].losses.pop(); }), /3 losses, 4 accuracies and batches for 4 steps/],
        [spoil(file => { file.lanes[0].batches = [[4e9, 1]]; }), /4000000000 steps/],
        [spoil(file => { file.lanes[0].batches = [[1.5, 1]]; }), /“lanes\[0\].batches”/],
        [spoil(file => { file.lanes[0].judgements[0].judged.loss = null; }), /judgements\[0\].judged.loss is null/],
        [spoil(file => { delete file.lanes[0].judgements[0].norms; }), /“lanes\[0\].judgements\[0\]”/],
        [spoil(file => { file.lanes[0].marks = 1; }), /“lanes\[0\].marks”/],
        [spoil(file => { file.lanes[0].marks = [1]; }), /“lanes\[0\].marks\[0\]”/],
        [spoil(file => { file.lanes[0].marks = [{ step: 9, change: { batch: 2 } }]; }), /“lanes\[0\].marks\[0\]”/],
        [spoil(file => { file.lanes[0].marks = [{ step: 1, change: { batch: 'two' } }]; }), /“lanes\[0\].marks\[0\]”/],
        [spoil(file => { file.lanes[0].spec.norm = {}; }), /“lanes\[0\].spec”/],
        [spoil(file => { file.lanes[0].norms = [[1]]; }), /“lanes\[0\].norms”/],
        [spoil(file => { file.lanes[0].device = { kind: 'abacus', name: '' }; }), /“lanes\[0\].device”/],
        [spoil(file => { file.lanes[0].facts = {}; }), /“lanes\[0\].facts”/],
        [spoil(file => { file.lanes[0].judgements[0].norms = [5]; }), /judgements\[0\].norms\[0\]”/],
        [spoil(file => { file.lanes[0].judgements[0].norms = [{ gamma: [], beta: ['b'], rho: [], mix: [] }]; }), /norms\[0\].beta\[0\] is "b"/],
    ];
    for (const [text, words] of cases) assert.throws(() => readRace(text), words, text.slice(0, 60));
});

/** Reads RFC 4180. */
function parseCsv(text) {
    return [...text.matchAll(/((?:"(?:[^"]|"")*"|[^,\r\n]*)(?:,(?:"(?:[^"]|"")*"|[^,\r\n]*))*)\r\n/g)].map(([, record]) =>
        [...record.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain));
}

test('CSV is RFC 4180 and holds every number', () => {
    const lanes = [laneOf(1, 'GN 5'), laneOf(2, 'the source’s "IN", again')];
    const rows = parseCsv([...stepsCsv(lanes, 128)].join(''));
    assert.deepEqual(rows[0], ['lane', 'seed', 'what', 'step', 'images', 'epochs', 'loss', 'accuracy']);
    assert.equal(rows.length, 1 + 2 * (4 + 2));
    assert.ok(rows.every(row => row.length === 8));
    assert.equal(rows[7][0], 'the source’s "IN", again');
    assert.deepEqual(rows[1].slice(2), ['training', '1', '32', '0.25', '2.5', '0.375']);
    assert.equal(rows[2][6], '', 'a loss that is not a number is left out');
    assert.equal(Math.fround(Number(rows[3][6])), Math.fround(0.1));
    const epochs = parseCsv(epochsCsv(lanes, 64));
    assert.deepEqual(epochs[0].slice(0, 4), ['lane', 'seed', 'epoch', 'training loss']);
    assert.equal(epochs.length, 1 + 2 * 2);
});

test('lanes that differ by their seed alone look alike; different norms do not', () => {
    const lanes = [laneOf(1, 'GN 5'), laneOf(2, 'GN 5', { seed: 2 }), laneOf(3, 'GN 2', { norm: { kind: 'group', groups: 2 } })];
    const [first, again, other] = looksOf(lanes);
    assert.equal(again.leader, lanes[0]);
    assert.deepEqual(again, first);
    assert.equal(other.token, 'gn');
    assert.equal(other.leader, lanes[2]);
    assert.notEqual(other.dash, first.dash);
});

test('a seed on another engine is still a seed: in medians, and in the sweep over batch sizes', () => {
    // The engine was left open: the first lane tried both, the others used the winner.
    const seeds = [1, 2, 3].map(seed => laneOf(seed, `BN, batch 32, seed ${seed}`, { seed, device: seed === 1 ? 'auto' : 'cpu', plateau: seed === 2 ? undefined : null }));
    const larger = seeds.map(({ name, spec }, at) => laneOf(4 + at, name.replace('32', '128'), { ...spec, device: 'cpu', batch: 128 }));
    assert.deepEqual(looksOf([...seeds, ...larger]).map(({ leader }) => leader.id), [1, 1, 1, 4, 4, 4]);
    [...seeds, ...larger].forEach((lane, at) => {
        lane.history = new History();
        lane.history.report(report(2, [2, 1]), lane.spec.batch);
        lane.history.judge([evaluation(2, 1, 0.5, { accuracy: at / 8 })], []);
    });
    const { getComputedStyle, document } = globalThis;
    Object.assign(globalThis, { document: {}, getComputedStyle: () => ({ getPropertyValue: () => '#000000' }) });
    const { lines } = sweepOf([...seeds, ...larger]);
    Object.assign(globalThis, { document, getComputedStyle });
    assert.deepEqual(lines.map(({ label, points }) => [label, points]), [
        ['BN', [{ batch: 32, accuracies: [0, 0.125, 0.25] }, { batch: 128, accuracies: [0.375, 0.5, 0.625] }]],
    ]);
});

test('runs that differ in more than the seed are not repeats, and neither is a fork', () => {
    const { spec: plain } = laneOf(1, 'BN');
    for (const more of [{ batch: 64 }, { learningRate: 1e-2 }, { model: 'deep' }, { optimizer: 'ams-grad' }, { epsilon: 1e-3 }, { momentum: 0.1 }, { affine: 'random-uniform' }, { norm: { kind: 'layer' } }])
        assert.notEqual(repeatKey({ ...plain, ...more }), repeatKey(plain), JSON.stringify(more));
    const fork = Object.assign(laneOf(2, 'BN → rate 0.001'), { fork: { from: 1, step: 4 } });
    assert.equal(looksOf([laneOf(1, 'BN'), fork])[1].leader, fork);
});

test('the charts are fed each step once, and anew after a cut', () => {
    /** @type {any[]} */
    const calls = [];
    const chart = new Proxy({}, { get: (_, name) => (...args) => calls.push([name, ...args.map(arg => (ArrayBuffer.isView(arg) ? [.../** @type {any} */ (arg)] : arg))]) });
    const feed = new Feed(/** @type {any} */ (chart)), lane = laneOf(1, 'GN 5'), race = { lanes: [lane], epochImages: 60000, goalImages: 1e6, common: new Set() };
    lane.history = new History();
    lane.history.report(report(2, [2, 1]), 32);
    lane.history.judge([evaluation(2, 0, 0.5), evaluation(2, 0, 0.25)], []);
    lane.history.marks.push({ step: 1, change: { epsilon: 0.001 } });
    const bring = (ghosts = new Map()) => {
        calls.length = 0;
        feed.bring(race, 128, ghosts);
        return calls.filter(([name]) => name !== 'setTime');
    };
    assert.deepEqual(bring(), [['push', 1, 0, [32, 64], [2, 1], [0.5, 0.75]], ['judge', 1, 64, 0.5, 0.9, false, 0.25, 0.9], ['mark', 1, 32, 'ε 0.001']]);
    assert.deepEqual(bring(), []);
    lane.history.report(report(4, [0.5, 0.25]), 32);
    lane.history.judge([evaluation(4, 1, 0.1)], []);
    assert.deepEqual(bring().map(([name, ...args]) => [name, args[1]]), [['push', 2], ['judge', 128]]);
    // Steps 3 and 4 are lost and repeated, with one more step: as many as there were.
    lane.history.report(report(4, [0.75, 0.625]), 32);
    lane.history.judge([evaluation(4, 1, 0.2)], []);
    assert.deepEqual(bring(), [['push', 1, 2, [96, 128], [0.75, 0.625], [0.8125, 0.84375]], ['judge', 1, 128, 0.2, 0.9, true, undefined, undefined]]);
    assert.deepEqual(bring(new Map([[1, { label: 'published', epochs: [1], accuracies: [0.5] }]])).map(([name]) => name), ['remove', 'ghost', 'push', 'judge', 'judge', 'mark']);
    bring(new Map());
    // A change of every lane is marked there once.
    const other = laneOf(2, 'BN');
    race.lanes.push(other);
    race.common.add('{"learning-rate":0.01}');
    assert.deepEqual(bring().filter(([name]) => name === 'mark'), [['mark', undefined, 64, 'rate 0.01']]);
    lane.history.marks.push({ step: 3, change: { 'learning-rate': 0.01 } }, { step: 4, change: { batch: 8 } });
    assert.deepEqual(bring().filter(([name]) => name === 'mark'), [['mark', 1, 128, 'batch 8']]);
    race.lanes = [lane];
    assert.deepEqual(bring(), [['remove', 2]]);
    race.lanes = [];
    assert.deepEqual(bring(), [['clear']]);
});

/** Workers that answer when they are told to. */
class FakeWorker {
    /** @type {FakeWorker[]} */
    static all = [];
    /** @type {any[]} */
    sent = [];
    isEnded = false;
    /** @type {((event: { data: any }) => void) | undefined} */
    #listener;

    constructor() {
        FakeWorker.all.push(this);
    }

    addEventListener(name, listener) {
        if (name === 'message') this.#listener = listener;
    }

    postMessage(message) {
        this.sent.push(message);
    }

    terminate() {
        this.isEnded = true;
    }

    say(data) {
        this.#listener?.({ data });
    }

    /** The last message of a kind. */
    last(kind) {
        return this.sent.findLast(message => kind in message)?.[kind];
    }
}

/** A race with lanes on as many workers, all standing. */
function started(nLanes, { cores = 3, goal = Infinity, batch = 32 } = {}) {
    FakeWorker.all = [];
    Object.defineProperty(globalThis, 'navigator', { value: { hardwareConcurrency: cores }, configurable: true });
    /** @type {any} */ (globalThis).Worker = FakeWorker;
    /** @type {any[]} */
    const told = [];
    const race = new Race((failure, lane, isNotice) => told.push({ failure, lane, isNotice }));
    race.open(/** @type {any} */ (course), goal);
    const lanes = Array.from({ length: nLanes }, (_, at) => race.add(`lane ${at}`, /** @type {any} */ (spec({ batch, seed: at }))));
    FakeWorker.all.forEach(worker => worker.say({ type: 'listening' }));
    const { race: id } = FakeWorker.all[0].last('open');
    const of = lane => FakeWorker.all[lane.workerIdx];
    const say = (lane, message) => of(lane).say({ race: id, lane: lane.id, ...message });
    for (const lane of lanes) {
        say(lane, { type: 'ready', device: { kind: 'cpu' }, spec: lane.spec, facts: {}, startHash: '0', norms: [[1, 10, 26, 26]], epochImages: 60000, report: report(0, [], { millisAStep: 0 }) });
    }
    return { race, lanes, of, say, told, id };
}

test('lanes on the CPU are spread over the workers, and those on a GPU share one', () => {
    const { lanes, race } = started(4);
    assert.deepEqual(lanes.map(({ workerIdx }) => workerIdx), [0, 1, 0, 1]);
    assert.equal(race.add('gpu', /** @type {any} */ (spec({ device: 'auto' }))).workerIdx, 0);
    assert.equal(FakeWorker.all.length, 2);
});

test('no lane gets further ahead of the slowest on another worker than the leash allows', () => {
    const { race, lanes, of, say } = started(2);
    race.start();
    const leash = () => [of(lanes[0]).last('train').untilImages, of(lanes[1]).last('train').untilImages];
    const first = leash();
    assert.deepEqual(first, [64 * 32, 64 * 32], 'before paces are known');
    // One lane reaches the leash, the other has hardly begun: neither may go beyond it.
    say(lanes[0], { type: 'progress', report: report(64, Array(64).fill(1), { millisAStep: 5 }) });
    say(lanes[0], { type: 'paused' });
    say(lanes[1], { type: 'progress', report: report(1, [1], { millisAStep: 500 }) });
    // 500 ms of the fastest lane are 100 steps, more than the first leash.
    assert.deepEqual(leash(), [32 + 100 * 32, 32 + 100 * 32]);
    for (let step = 2; step < 40; step++) {
        say(lanes[1], { type: 'progress', report: report(step, [1], { millisAStep: 500 }) });
        for (const until of leash()) assert.ok(until - lanes[1].history.nImages <= 100 * 32, `${until}`);
    }
});

test('the race ends at its goal, and no worker is sent beyond it', () => {
    const { race, lanes, of, say } = started(2, { goal: 320 });
    /** @type {string[]} */
    const events = [];
    race.on(event => events.push(event));
    race.start();
    assert.equal(of(lanes[0]).last('train').untilImages, 320);
    say(lanes[0], { type: 'progress', report: report(10, Array(10).fill(1)) });
    assert.equal(race.isRunning, true);
    say(lanes[1], { type: 'progress', report: report(10, Array(10).fill(1)) });
    assert.equal(race.isRunning, false);
    assert.equal(events.at(-1), 'state');
});

test('a lane that diverged, or came from a file, holds up nobody', () => {
    const { race, lanes, of, say, told } = started(2);
    race.addRecords({ course: /** @type {any} */ (course), epochImages: 60000, goalImages: Infinity, link: '', lanes: [{ ...laneOf(1, 'old'), orderHash: '' }] });
    race.start();
    say(lanes[1], { type: 'progress', report: report(64, Array(64).fill(1), { millisAStep: 5 }) });
    const before = of(lanes[1]).last('train').untilImages;
    say(lanes[0], { type: 'diverged', failure: { code: 'diverged', message: 'no number', hint: '' } });
    assert.ok(of(lanes[1]).last('train').untilImages > before);
    assert.equal(told.length, 1);
});

test('an engine that is lost cuts the history, and pending requests to it are refused', async () => {
    const { race, lanes, say, told } = started(1);
    race.start();
    say(lanes[0], { type: 'progress', report: report(6, [6, 5, 4, 3, 2, 1]) });
    const asked = race.look(lanes[0], 0, { test: { nImages: 4 } });
    say(lanes[0], { type: 'notice', failure: { code: 'gpu-lost', message: 'the GPU went away', hint: '' }, device: { kind: 'cpu' } });
    say(lanes[0], { type: 'progress', report: report(4, [0.5]) });
    assert.deepEqual([...lanes[0].history.losses.values], [6, 5, 4, 0.5]);
    await assert.rejects(asked, { message: 'the GPU went away' });
    assert.equal(told[0].isNotice, true);
});

test('answers reach their requests in order; late ones from another race reach none', async () => {
    const { race, lanes, say, of, id, told } = started(1);
    const values = Float32Array.of(1, 2, 3);
    const seen = (norm, step) => ({ type: 'seen', norm, step, shape: [1, 1, 1, 3], x: new Uint8Array(values.buffer), y: new Uint8Array(values.buffer), probabilities: [] });
    const looks = [race.look(lanes[0], 0, { test: { nImages: 1 } }), race.look(lanes[0], 1, { test: { nImages: 1 } }, 4)];
    assert.equal(of(lanes[0]).last('look').step, 4);
    of(lanes[0]).say({ race: id - 1, lane: lanes[0].id, ...seen(9, 9) });
    say(lanes[0], seen(0, 8));
    say(lanes[0], seen(1, 4));
    const [first, second] = await Promise.all(looks);
    assert.deepEqual([first.step, second.step], [8, 4]);
    assert.deepEqual(first.x, values);
    const left = race.save(lanes[0]);
    race.remove(lanes[0]);
    await assert.rejects(left, { message: 'lane 0 is no longer in the race' });
    say(lanes[0], { type: 'failed', failure: { code: 'bad-message', message: 'there is no lane 1', hint: '' } });
    assert.deepEqual(told, [], 'a removed lane fails no request');
});

test('a new race ends the spare workers and refuses pending requests', async () => {
    const { race, lanes } = started(2);
    const asked = race.save(lanes[1]);
    race.open(/** @type {any} */ (course));
    await assert.rejects(asked, { message: 'the race is over' });
    assert.deepEqual(FakeWorker.all.map(({ isEnded }) => isEnded), [false, true]);
});

test('a lane from a file has curves but no network', async () => {
    const { race, of, lanes } = started(1), sent = of(lanes[0]).sent.length;
    race.addRecords({ course: /** @type {any} */ (course), epochImages: 60000, goalImages: Infinity, link: '', lanes: [{ ...laneOf(1, 'old'), orderHash: '' }] });
    const old = race.lanes[1];
    await assert.rejects(race.look(old, 0, { test: { nImages: 1 } }), { message: /old came from a file/ });
    assert.throws(() => race.fork(old, 0, 'fork'), /old came from a file/);
    race.change({ batch: 8 }, [old]);
    race.remove(old);
    assert.equal(of(lanes[0]).sent.length, sent);
});
