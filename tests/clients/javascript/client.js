// Sends one punch in each mode as a program with the official SDK would, at its defaults; prints id and status of each.
const { CloudEvent, HTTP } = require("cloudevents");

const { INGEST_URL, TOKEN, SOURCE, SUBJECT } = process.env;

function punch(id) {
  return new CloudEvent({
    id,
    source: SOURCE,
    type: "attendance.punched.v1",
    subject: SUBJECT,
    aratherlongextensionnameofthesender: "yes",
    data: { at: new Date().toISOString(), direction: "in" },
  });
}

async function send(mode, id) {
  const message = HTTP[mode](punch(id));
  const headers = { ...message.headers, authorization: `Bearer ${TOKEN}` };
  const answer = await fetch(`${INGEST_URL}/v1/events`, { method: "POST", headers, body: message.body });
  console.log(id, answer.status);
}

(async () => {
  await send("structured", "javascript/structured/1");
  await send("binary", "javascript/binary/1");
})();
