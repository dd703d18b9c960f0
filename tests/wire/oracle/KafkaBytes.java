// Reads lines "message, version, hex" and gives each to the class of that name in Kafka: prints message, version, the bytes Kafka writes
// for what it read, and Kafka's JSON of it. Exit 1 when Kafka cannot read one or does not read it to the end.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.MessageUtil;
import org.apache.kafka.common.protocol.Readable;

public class KafkaBytes {
  static final String[] PLACES = {
      "org.apache.kafka.common.message.%sData", "org.apache.kafka.common.message.%s", "org.apache.kafka.common.metadata.%s",
      "org.apache.kafka.coordinator.group.generated.%s", "org.apache.kafka.coordinator.transaction.generated.%s",
      "org.apache.kafka.server.log.remote.metadata.storage.generated.%s"};

  static Class<?> find(String name) throws ClassNotFoundException {
    for (String place : PLACES) {
      try {
        return Class.forName(String.format(place, name));
      } catch (ClassNotFoundException e) {
        // The next place.
      }
    }
    throw new ClassNotFoundException(name);
  }

  public static void main(String[] args) throws Exception {
    boolean bad = false;
    var in = new BufferedReader(new InputStreamReader(System.in));
    for (String line; (line = in.readLine()) != null; ) {
      String[] words = line.split("\t", -1);
      short version = Short.parseShort(words[1]);
      try {
        Class<?> type = find(words[0]);
        ByteBuffer bytes = ByteBuffer.wrap(HexFormat.of().parseHex(words[2]));
        var message = (org.apache.kafka.common.protocol.Message) type.getConstructor(Readable.class, short.class)
            .newInstance(new ByteBufferAccessor(bytes), version);
        if (bytes.hasRemaining()) throw new IllegalStateException(bytes.remaining() + " bytes left over");
        ByteBuffer again = MessageUtil.toByteBufferAccessor(message, version).buffer();
        byte[] written = new byte[again.remaining()];
        again.get(written);
        Object json = Class.forName(type.getName() + "JsonConverter").getMethod("write", type, short.class).invoke(null, message, version);
        System.out.println(words[0] + "\t" + version + "\t" + HexFormat.of().formatHex(written) + "\t" + json);
      } catch (Exception e) {
        System.err.println(words[0] + " version " + version + " " + words[2] + ": " + (e.getCause() == null ? e : e.getCause()));
        bad = true;
      }
    }
    System.exit(bad ? 1 : 0);
  }
}
