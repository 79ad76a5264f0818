// Prints who takes which stance towards a country, as it is published.
//
//     node subscribe.mjs --target JPN --stance opposing
//
// The types come from the JSON Schemas: `npm run check` makes them and holds this file to them.

import { parseArgs } from "node:util";
import kafkajs from "kafkajs";
import { compressFrame, decompressFrame } from "lz4-napi";

/** @typedef {import("./types/dyad-event.js").DyadEvent} DyadEvent */

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs;

// dyadwire compresses with lz4 unless told otherwise, and KafkaJS brings gzip alone.
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: (/** @type {{buffer: Buffer}} */ encoder) => compressFrame(encoder.buffer),
  decompress: (/** @type {Buffer} */ buffer) => decompressFrame(buffer),
});

const { values: options } = parseArgs({
  options: {
    "bootstrap-servers": { type: "string", default: "localhost:9092" },
    topic: { type: "string", default: "news.dyads.v1" },
    group: { type: "string", default: "japan-desk" },
    target: { type: "string" },
    stance: { type: "string" },
    limit: { type: "string" },
  },
});

const kafka = new Kafka({
  clientId: "subscribe",
  brokers: String(options["bootstrap-servers"]).split(","),
  logLevel: logLevel.WARN,
});
// KafkaJS reads committed records alone unless it is told `readUncommitted`.
const consumer = kafka.consumer({ groupId: String(options.group), readUncommitted: false });
/** @type {Set<string>} */
const known = new Set(); // in earnest: the primary key of the table that you write to

/**
 * Decided by the headers alone: what is not wanted is never parsed.
 *
 * @param {import("kafkajs").KafkaMessage} message
 */
function wanted({ headers = {} }) {
  return (
    String(headers.ce_type) === "dyadwire.dyad.v1" && // a type of tomorrow is not for us
    (!options.target || options.target === String(headers.ce_dyadtarget)) &&
    (!options.stance || options.stance === String(headers.ce_stance))
  );
}

/**
 * What you do with an event.
 *
 * @param {DyadEvent} event
 */
function show({ source, target, stance, score, evidence }) {
  console.log(`${source} > ${target} ${stance} ${score.toFixed(2)} ${evidence[0]?.text ?? ""}`);
}

await consumer.connect();
await consumer.subscribe({ topics: [String(options.topic)], fromBeginning: true });
const done = new Promise((resolve, reject) => {
  // Its offset is committed some time after `eachMessage` returned: what a crash interrupts comes
  // again.
  consumer
    .run({
      eachMessage: async ({ message }) => {
        const identity = String(message.headers?.ce_id);
        if (known.size === Number(options.limit) || known.has(identity) || !wanted(message)) {
          return;
        }
        show(/** @type {DyadEvent} */ (JSON.parse(String(message.value))));
        known.add(identity);
        if (known.size === Number(options.limit)) {
          resolve(undefined);
        }
      },
    })
    .catch(reject);
  consumer.on(consumer.events.CRASH, ({ payload }) => payload.restart || reject(payload.error));
});
await done.finally(() => consumer.disconnect());
