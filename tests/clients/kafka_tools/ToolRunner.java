import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import java.util.Base64;
import org.apache.kafka.common.utils.Exit;

/**
 * Runs many of Kafka's command line tools in one JVM. A line of standard input is one call: the class, its standard input and its
 * arguments, each in base64 (a dot where it is empty), separated by blanks. The answer is a line: exit code, stdout, stderr.
 */
public class ToolRunner {
    private static class Ended extends Error {
        Ended() { super("exit", null, false, false); }
    }

    // The first exit counts, and what was said until then: a tool may catch what ended it, say so and exit again.
    private static Integer status;
    private static byte[] said;
    private static ByteArrayOutputStream toolOut;

    private static void exit(int code, String message) {
        System.out.flush();
        if (status == null) {
            status = code;
            said = toolOut.toByteArray();
        }
        throw new Ended();
    }

    private static byte[] decode(String text) { return text.equals(".") ? new byte[0] : Base64.getDecoder().decode(text); }

    private static String encode(byte[] bytes) { return bytes.length == 0 ? "." : Base64.getEncoder().encodeToString(bytes); }

    private static boolean ended(Throwable t) {
        for (; t != null; t = t.getCause()) if (t instanceof Ended) return true;
        return false;
    }

    private static void run(Class<?> tool, String[] arguments) throws Exception {
        try {
            tool.getMethod("main", String[].class).invoke(null, (Object) arguments);
            if (status == null) status = 0;
        } catch (InvocationTargetException e) {
            if (ended(e)) return;
            e.getCause().printStackTrace();
            if (status == null) status = 1;
        }
    }

    public static void main(String[] args) throws Exception {
        Exit.setExitProcedure(ToolRunner::exit);
        Exit.setHaltProcedure(ToolRunner::exit);
        Exit.setShutdownHookAdder((name, hook) -> hooks.add(hook));
        PrintStream out = System.out, err = System.err;
        BufferedReader calls = new BufferedReader(new InputStreamReader(System.in));
        for (String line = calls.readLine(); line != null; line = calls.readLine()) {
            String[] parts = line.split(" ");
            toolOut = new ByteArrayOutputStream();
            ByteArrayOutputStream toolErr = new ByteArrayOutputStream();
            System.setIn(new ByteArrayInputStream(decode(parts[1])));
            System.setOut(new PrintStream(toolOut, true, "UTF-8"));
            System.setErr(new PrintStream(toolErr, true, "UTF-8"));
            status = null;
            said = null;
            hooks.clear();
            run(Class.forName(parts[0]), Arrays.stream(parts).skip(2).map(part -> new String(decode(part))).toArray(String[]::new));
            for (Runnable hook : hooks) hook.run();
            System.out.flush();
            System.err.flush();
            out.println(status + " " + encode(said != null ? said : toolOut.toByteArray()) + " " + encode(toolErr.toByteArray()));
            out.flush();
        }
    }

    private static final java.util.List<Runnable> hooks = new java.util.ArrayList<>();
}
