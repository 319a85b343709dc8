import io.cloudevents.CloudEvent;
import io.cloudevents.core.builder.CloudEventBuilder;
import io.cloudevents.core.message.Encoding;
import io.cloudevents.http.HttpMessageFactory;
import io.cloudevents.jackson.JsonFormat;
import io.cloudevents.kafka.CloudEventSerializer;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** Sends one punch in each mode as a program with the official SDK would, at its defaults; prints id and status of each. */
public class Client {
    private static final Map<String, String> ENV = System.getenv();
    private static final HttpClient HTTP = HttpClient.newHttpClient();

    private static CloudEvent punch(String id) {
        String data = "{\"at\": \"" + OffsetDateTime.now() + "\", \"direction\": \"in\"}";
        return CloudEventBuilder.v1()
            .withId(id)
            .withSource(URI.create(ENV.get("SOURCE")))
            .withType("attendance.punched.v1")
            .withSubject(ENV.get("SUBJECT"))
            .withTime(OffsetDateTime.now())
            .withExtension("aratherlongextensionnameofthesender", "yes")
            .withData("application/json", data.getBytes(StandardCharsets.UTF_8))
            .build();
    }

    private static HttpRequest.Builder request() {
        return HttpRequest.newBuilder(URI.create(ENV.get("INGEST_URL") + "/v1/events"))
            .header("Authorization", "Bearer " + ENV.get("TOKEN"));
    }

    private static void send(HttpRequest request, String id) {
        try {
            System.out.println(id + " " + HTTP.send(request, HttpResponse.BodyHandlers.ofString()).statusCode());
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static void overHttp() {
        HttpRequest.Builder structured = request();
        HttpMessageFactory.createWriter(structured::header, body ->
            send(structured.POST(HttpRequest.BodyPublishers.ofByteArray(body)).build(), "java/structured/1")
        ).writeStructured(punch("java/structured/1"), new JsonFormat());
        HttpRequest.Builder binary = request();
        HttpMessageFactory.createWriter(binary::header, body ->
            send(binary.POST(HttpRequest.BodyPublishers.ofByteArray(body)).build(), "java/binary/1")
        ).writeBinary(punch("java/binary/1"));
    }

    private static void overKafka(Encoding encoding, String id) throws Exception {
        Map<String, Object> settings = new HashMap<>(Map.of(
            "bootstrap.servers", ENV.get("KAFKA"), CloudEventSerializer.ENCODING_CONFIG, encoding));
        if (encoding == Encoding.STRUCTURED) {
            settings.put(CloudEventSerializer.EVENT_FORMAT_CONFIG, JsonFormat.CONTENT_TYPE);
        }
        if (ENV.containsKey("KAFKA_JAAS")) {
            settings.put("security.protocol", "SASL_PLAINTEXT");
            settings.put("sasl.mechanism", "SCRAM-SHA-512");
            settings.put("sasl.jaas.config", ENV.get("KAFKA_JAAS"));
        }
        CloudEventSerializer serializer = new CloudEventSerializer();
        serializer.configure(settings, false);
        try (var producer = new KafkaProducer<>(settings, new StringSerializer(), serializer)) {
            producer.send(new ProducerRecord<>("kinerja.inbound", punch(id))).get();
        }
        System.out.println(id + " written");
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("http")) {
            overHttp();
        } else {
            overKafka(Encoding.STRUCTURED, "java/structured/1");
            overKafka(Encoding.BINARY, "java/binary/1");
        }
    }
}
