package io.flowstate.samples.wordcount;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/**
 * A request that the sample has begun to work on, and that waits for the last part of its
 * text. Belongs to one thread.
 */
final class OpenRequest implements AutoCloseable {

    private static final int ANSWER_TIMEOUT_MILLIS = 60_000;

    private final Socket socket;

    private final byte[] text;

    private OpenRequest(Socket socket, byte[] text) {
        this.socket = socket;
        this.text = text;
    }

    /**
     * Posts all but the last byte of a text.
     * @param address whom to
     * @param path the path
     * @param text the text
     * @return the request, which the sample is working on
     * @throws IOException if the sample does not take it
     */
    static OpenRequest post(URI address, String path, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        OpenRequest request = new OpenRequest(new Socket(address.getHost(), address.getPort()), body);
        try {
            request.begin(path);
            return request;
        }
        catch (IOException | RuntimeException ex) {
            request.close();
            throw ex;
        }
    }

    private void begin(String path) throws IOException {
        this.socket.setSoTimeout(ANSWER_TIMEOUT_MILLIS);
        String head = "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: "
                + this.text.length + "\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n";
        this.socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        String answer = head(); // comes when the request has reached the application
        if (!answer.startsWith("HTTP/1.1 100")) {
            throw new IllegalStateException("expected the sample to ask for the text, but it said " + answer);
        }
        this.socket.getOutputStream().write(this.text, 0, this.text.length - 1);
    }

    private String head() throws IOException {
        InputStream input = this.socket.getInputStream();
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
            int next = input.read();
            if (next < 0) {
                throw new IOException("the answer ends after: " + head);
            }
            head.write(next);
        }
        return head.toString(StandardCharsets.US_ASCII);
    }

    /**
     * Sends the rest.
     * @return the whole answer
     */
    String finish() throws IOException {
        this.socket.getOutputStream().write(this.text, this.text.length - 1, 1);
        return new String(this.socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        this.socket.close();
    }

}
