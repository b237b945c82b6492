import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.msgpack.jackson.dataformat.MessagePackFactory;
import org.zeromq.SocketType;
import org.zeromq.ZContext;
import org.zeromq.ZMQ;

/** usage: Example ENDPOINT PEER */
public class Example {
    private static final PrintStream OUT = new PrintStream(System.out, true, UTF_8);

    public static void main(String[] arguments) throws IOException {
        try (ZContext context = new ZContext()) {
            ZMQ.Socket socket = context.createSocket(SocketType.REQ);
            socket.setReceiveTimeOut(7_000); // more than deadline_ms: then the service is gone
            socket.connect(arguments[0]);
            ask(socket, "get", arguments[1], "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.3.0");
            ask(socket, "walk", arguments[1], "1.3.6.1.2.1.2.2.1.2");
        } catch (Failure failure) {
            System.err.println(failure.getMessage());
            System.exit(1);
        }
    }

    private static void ask(ZMQ.Socket socket, String op, String peer, String... oids)
            throws IOException, Failure {
        ObjectMapper mapper = new ObjectMapper(new MessagePackFactory());
        socket.send(mapper.writeValueAsBytes(Map.of("op", op, "peer", peer, "oids", List.of(oids),
                "form", "list", "deadline_ms", 5_000)));
        byte[] body = socket.recv();
        if (body == null) {
            throw new Failure("no answer from the service");
        }
        JsonNode reply = mapper.readTree(body);
        for (JsonNode varbind : reply.path("varbinds")) {
            OUT.println(varbind.get(0).asText() + " = " + show(varbind.get(2)));
        }
        if (reply.has("error")) {
            JsonNode error = reply.get("error");
            throw new Failure(error.get("name").asText() + ": " + error.get("message").asText());
        }
        if (!reply.path("complete").asBoolean(true)) {
            throw new Failure("cut off: " + reply.get("stop").asText());
        }
    }

    private static String show(JsonNode value) throws IOException {
        if (value.isNull()) {
            return "no value";
        }
        return value.isBinary() ? new String(value.binaryValue(), UTF_8) : value.asText();
    }

    private static class Failure extends Exception {
        Failure(String message) {
            super(message);
        }
    }
}
