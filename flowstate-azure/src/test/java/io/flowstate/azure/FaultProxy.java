package io.flowstate.azure;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

/**
 * A network between client and emulator that breaks on demand: it reads each request,
 * asks which fault to make of it, and forwards it or not. Thread-safe.
 */
final class FaultProxy implements AutoCloseable {

    /** What can happen to one request. */
    enum Fault {

        /** The service is busy, before it has done anything. */
        STATUS_503("503 Service Unavailable", "ServerBusy"),

        STATUS_500("500 Internal Server Error", "InternalError"),

        /** Too many requests: with the pause that the service asks for. */
        STATUS_429("429 Too Many Requests", "TooManyRequests"),

        STATUS_403("403 Forbidden", "AuthorizationFailure"),

        STATUS_409("409 Conflict", "BlobAlreadyExists"),

        STATUS_412("412 Precondition Failed", "ConditionNotMet"),

        /** The connection is reset before the request gets through. */
        RESET,

        /** Nothing ever comes back; nothing was done. */
        BLACK_HOLE,

        /** Nothing ever comes back, although it was done. */
        LATE_BLACK_HOLE,

        /** The connection breaks when half of the request is through. */
        HALF_UPLOAD,

        /** It is done, but the answer is lost. */
        LOST_RESPONSE,

        /** It is done, but the service says that it is busy. */
        DONE_BUT_503("503 Service Unavailable", "ServerBusy"),

        /** Half of the answer comes back. */
        HALF_RESPONSE,

        /** All gets through, in small pieces with pauses. */
        SLOW,

        /** All gets through. */
        NONE;

        private final @Nullable String status;

        private final String code;

        Fault() {
            this.status = null;
            this.code = "";
        }

        Fault(String status, String code) {
            this.status = status;
            this.code = code;
        }

    }

    private static final int SLOW_PIECE_BYTES = 16 << 10;

    private static final long SLOW_PAUSE_NANOS = 20_000_000;

    private final int targetPort;

    private final Function<String, Fault> faults;

    private final ServerSocket server;

    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    private final Map<Fault, AtomicInteger> made = new ConcurrentSkipListMap<>();

    private final AtomicInteger broken = new AtomicInteger(); // connections

    private volatile boolean down;

    /**
     * Begins to listen.
     * @param targetPort where the emulator listens
     * @param faults decides by the first line of a request what to make of it
     */
    FaultProxy(int targetPort, Function<String, Fault> faults) throws IOException {
        this.targetPort = targetPort;
        this.faults = faults;
        this.server = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
        start("fault-proxy", this::accept);
    }

    private static void start(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    int port() {
        return this.server.getLocalPort();
    }

    /** How many connections broke without being asked to. */
    int broken() {
        return this.broken.get();
    }

    /** The faults made so far. */
    Map<Fault, AtomicInteger> made() {
        return this.made;
    }

    /** Cuts every connection and refuses new ones, or lets them through again. */
    void down(boolean now) {
        this.down = now;
        if (now) {
            this.open.forEach(FaultProxy::reset);
        }
    }

    private void accept() {
        while (!this.server.isClosed()) {
            try {
                Socket client = this.server.accept();
                if (this.down) {
                    reset(client);
                    continue;
                }
                client.setTcpNoDelay(true);
                this.open.add(client);
                start("fault-proxy-connection", () -> serve(client));
            }
            catch (IOException ex) {
                if (!this.server.isClosed()) {
                    throw new IllegalStateException(ex);
                }
            }
        }
    }

    private void serve(Socket client) {
        try {
            InputStream input = new BufferedInputStream(client.getInputStream(), 64 << 10);
            byte[] head = head(input);
            while (head.length > 0 && forward(head, input, client)) {
                head = head(input);
            }
        }
        catch (IOException ex) {
            this.broken.incrementAndGet(); // either side has gone, which both have to
                                           // bear
        }
        finally {
            reset(client);
            this.open.remove(client);
        }
    }

    /** Whether the connection may be used again. */
    private boolean forward(byte[] head, InputStream input, Socket client) throws IOException {
        String text = new String(head, StandardCharsets.ISO_8859_1);
        Fault fault = this.faults.apply(text.lines().findFirst().orElse(""));
        this.made.computeIfAbsent(fault, (key) -> new AtomicInteger()).incrementAndGet();
        long length = length(text, 0);
        switch (fault) {
            case RESET -> {
                return false;
            }
            case BLACK_HOLE -> {
                skip(input, length);
                return hang(input);
            }
            case STATUS_503, STATUS_500, STATUS_429, STATUS_403, STATUS_409, STATUS_412 -> {
                skip(input, length);
                answer(fault, text.startsWith("HEAD"), client.getOutputStream());
                return true;
            }
            default -> {
                return exchange(fault, head, length, input, client);
            }
        }
    }

    private boolean exchange(Fault fault, byte[] head, long length, InputStream input, Socket client)
            throws IOException {
        boolean slow = fault == Fault.SLOW;
        try (Socket target = new Socket(InetAddress.getLoopbackAddress(), this.targetPort)) {
            target.setTcpNoDelay(true);
            OutputStream output = target.getOutputStream();
            output.write(head);
            if (fault == Fault.HALF_UPLOAD) {
                copy(input, output, length / 2, false);
                output.flush();
                return false;
            }
            copy(input, output, length, slow);
            output.flush();
            byte[] answer = answer(new BufferedInputStream(target.getInputStream()), isHead(head));
            OutputStream back = client.getOutputStream();
            switch (fault) {
                case LATE_BLACK_HOLE -> {
                    return hang(input);
                }
                case LOST_RESPONSE -> {
                    return false;
                }
                case DONE_BUT_503 -> answer(fault, isHead(head), back);
                case HALF_RESPONSE -> {
                    back.write(answer, 0, answer.length / 2);
                    back.flush();
                    return false;
                }
                default -> copy(new ByteArrayInputStream(answer), back, answer.length, slow);
            }
            back.flush();
            return true;
        }
    }

    private static boolean isHead(byte[] head) {
        return head[0] == 'H';
    }

    private static void answer(Fault fault, boolean bare, OutputStream output) throws IOException {
        String body = bare ? "" : "<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>" + fault.code
                + "</Code><Message>made by a fault proxy</Message></Error>";
        String wait = (fault == Fault.STATUS_429) ? "x-ms-retry-after-ms: 50\r\n" : "";
        output.write(("HTTP/1.1 " + fault.status + "\r\nx-ms-error-code: " + fault.code + "\r\n" + wait
                + "Content-Type: application/xml\r\nContent-Length: " + body.length() + "\r\n\r\n" + body)
            .getBytes(StandardCharsets.US_ASCII));
        output.flush();
    }

    /** Says nothing more until the other side gives up. */
    private static boolean hang(InputStream input) throws IOException {
        while (input.read() >= 0) {
            Thread.onSpinWait();
        }
        return false;
    }

    /** All up to the empty line, nothing at the end of the stream. */
    private static byte[] head(InputStream input) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int newLines = 0;
        for (int b = input.read(); b >= 0; b = input.read()) {
            head.write(b);
            newLines = (b == '\n') ? newLines + 1 : (b == '\r') ? newLines : 0;
            if (newLines == 2) {
                return head.toByteArray();
            }
        }
        return new byte[0];
    }

    private static long length(String head, long otherwise) {
        return head.lines()
            .filter((line) -> line.toLowerCase(Locale.ROOT).startsWith("content-length:"))
            .mapToLong((line) -> Long.parseLong(line.substring(line.indexOf(':') + 1).trim()))
            .findFirst()
            .orElse(otherwise);
    }

    /** A whole answer of the emulator. */
    private static byte[] answer(InputStream input, boolean bare) throws IOException {
        byte[] head = head(input);
        String text = new String(head, StandardCharsets.ISO_8859_1);
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        answer.write(head);
        if (bare || text.startsWith("HTTP/1.1 204") || text.startsWith("HTTP/1.1 304")) {
            return answer.toByteArray();
        }
        if (text.toLowerCase(Locale.ROOT).contains("transfer-encoding: chunked")) {
            chunks(input, answer);
        }
        else {
            copy(input, answer, length(text, 0), false);
        }
        return answer.toByteArray();
    }

    private static void chunks(InputStream input, OutputStream output) throws IOException {
        while (true) {
            String size = line(input);
            output.write((size + "\r\n").getBytes(StandardCharsets.US_ASCII));
            int count = Integer.parseInt(size.split(";")[0].trim(), 16);
            copy(input, output, count, false);
            output.write((line(input) + "\r\n").getBytes(StandardCharsets.US_ASCII));
            if (count == 0) {
                return;
            }
        }
    }

    private static String line(InputStream input) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int b = input.read(); b != '\n'; b = input.read()) {
            if (b < 0) {
                throw new EOFException();
            }
            if (b != '\r') {
                line.append((char) b);
            }
        }
        return line.toString();
    }

    private static void skip(InputStream input, long count) throws IOException {
        copy(input, OutputStream.nullOutputStream(), count, false);
    }

    private static void copy(InputStream input, OutputStream output, long count, boolean slow) throws IOException {
        byte[] piece = new byte[SLOW_PIECE_BYTES];
        for (long left = count; left > 0;) {
            int read = input.read(piece, 0, (int) Math.min(left, piece.length));
            if (read < 0) {
                throw new EOFException();
            }
            output.write(piece, 0, read);
            left -= read;
            if (slow) {
                output.flush();
                LockSupport.parkNanos(SLOW_PAUSE_NANOS); // this is the fault
            }
        }
    }

    /** Closes a socket without a farewell. */
    private static void reset(Socket socket) {
        try {
            if (!socket.isClosed()) {
                socket.setSoLinger(true, 0);
            }
            socket.close();
        }
        catch (SocketException ex) {
            if (!socket.isClosed()) { // else another thread was faster
                throw new IllegalStateException(ex);
            }
        }
        catch (IOException ex) {
            throw new IllegalStateException(ex);
        }
    }

    @Override
    public void close() throws IOException {
        this.server.close();
        this.open.forEach(FaultProxy::reset);
    }

}
