package io.flowstate.torture;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.FileLock;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

import org.jspecify.annotations.Nullable;

/**
 * The file system of the machine, noting which directories are created and which are
 * forced, in their order. Knows no more than the one test that uses it needs.
 */
final class WatchedFileSystem extends FileSystemProvider {

    private final FileSystemProvider provider = FileSystems.getDefault().provider();

    private final List<String> events = Collections.synchronizedList(new ArrayList<>());

    /** What was done, such as {@code create /a/b} and {@code force /a}. */
    List<String> events() {
        return List.copyOf(this.events);
    }

    /**
     * A path, and all that is made of it, by which the file system is watched.
     * @param path a path of the machine
     * @return a path to the same place
     */
    Path watch(Path path) {
        return (Path) Proxy.newProxyInstance(Path.class.getClassLoader(), new Class<?>[] { Path.class },
                (self, method, arguments) -> {
                    if (method.getName().equals("getFileSystem")) {
                        return new Watched(this);
                    }
                    Object[] plain = (arguments != null)
                            ? Arrays.stream(arguments).map(WatchedFileSystem::plain).toArray() : new Object[0];
                    try {
                        Object result = method.invoke(path, plain);
                        return (result instanceof Path made) ? watch(made) : result;
                    }
                    catch (InvocationTargetException ex) {
                        throw ex.getCause();
                    }
                });
    }

    private static @Nullable Object plain(@Nullable Object argument) {
        return (argument instanceof Path path && Proxy.isProxyClass(path.getClass()))
                ? FileSystems.getDefault().getPath(path.toString()) : argument;
    }

    private static Path plain(Path path) {
        return FileSystems.getDefault().getPath(path.toString());
    }

    @Override
    public void createDirectory(Path path, FileAttribute<?>... attributes) throws IOException {
        this.provider.createDirectory(plain(path), attributes);
        this.events.add("create " + path);
    }

    @Override
    public AsynchronousFileChannel newAsynchronousFileChannel(Path path, Set<? extends OpenOption> options,
            @Nullable ExecutorService executor, FileAttribute<?>... attributes) throws IOException {
        AsynchronousFileChannel channel = this.provider.newAsynchronousFileChannel(plain(path), options, executor,
                attributes);
        return new ForcedChannel(channel, () -> this.events.add("force " + path));
    }

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
        this.provider.checkAccess(plain(path), modes);
    }

    @Override
    public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
            throws IOException {
        return this.provider.readAttributes(plain(path), type, options);
    }

    @Override
    public String getScheme() {
        return "watched";
    }

    private static UnsupportedOperationException unexpected() {
        return new UnsupportedOperationException("creating directories does not need this");
    }

    @Override
    public FileSystem newFileSystem(URI uri, Map<String, ?> settings) {
        throw unexpected();
    }

    @Override
    public FileSystem getFileSystem(URI uri) {
        throw unexpected();
    }

    @Override
    public Path getPath(URI uri) {
        throw unexpected();
    }

    @Override
    public SeekableByteChannel newByteChannel(Path path, Set<? extends OpenOption> options,
            FileAttribute<?>... attributes) {
        throw unexpected();
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(Path path, DirectoryStream.Filter<? super Path> filter) {
        throw unexpected();
    }

    @Override
    public void delete(Path path) {
        throw unexpected();
    }

    @Override
    public void copy(Path source, Path target, CopyOption... options) {
        throw unexpected();
    }

    @Override
    public void move(Path source, Path target, CopyOption... options) {
        throw unexpected();
    }

    @Override
    public boolean isSameFile(Path path, Path other) {
        throw unexpected();
    }

    @Override
    public boolean isHidden(Path path) {
        throw unexpected();
    }

    @Override
    public FileStore getFileStore(Path path) {
        throw unexpected();
    }

    @Override
    public <V extends FileAttributeView> V getFileAttributeView(Path path, Class<V> type, LinkOption... options) {
        throw unexpected();
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options) {
        throw unexpected();
    }

    @Override
    public void setAttribute(Path path, String attribute, Object value, LinkOption... options) {
        throw unexpected();
    }

    /** The file system of watched paths: the default one with another provider. */
    private static final class Watched extends FileSystem {

        private final FileSystem files = FileSystems.getDefault();

        private final WatchedFileSystem provider;

        Watched(WatchedFileSystem provider) {
            this.provider = provider;
        }

        @Override
        public FileSystemProvider provider() {
            return this.provider;
        }

        @Override
        public Set<String> supportedFileAttributeViews() {
            return this.files.supportedFileAttributeViews();
        }

        @Override
        public void close() {
            throw unexpected();
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public boolean isReadOnly() {
            return false;
        }

        @Override
        public String getSeparator() {
            return this.files.getSeparator();
        }

        @Override
        public Iterable<Path> getRootDirectories() {
            throw unexpected();
        }

        @Override
        public Iterable<FileStore> getFileStores() {
            throw unexpected();
        }

        @Override
        public Path getPath(String first, String... more) {
            return this.provider.watch(this.files.getPath(first, more));
        }

        @Override
        public PathMatcher getPathMatcher(String pattern) {
            throw unexpected();
        }

        @Override
        public UserPrincipalLookupService getUserPrincipalLookupService() {
            throw unexpected();
        }

        @Override
        public WatchService newWatchService() {
            throw unexpected();
        }

    }

    /** A channel that tells when it was forced. */
    private static final class ForcedChannel extends AsynchronousFileChannel {

        private final AsynchronousFileChannel channel;

        private final Runnable forced;

        ForcedChannel(AsynchronousFileChannel channel, Runnable forced) {
            this.channel = channel;
            this.forced = forced;
        }

        @Override
        public void force(boolean metadata) throws IOException {
            this.channel.force(metadata);
            this.forced.run();
        }

        @Override
        public void close() throws IOException {
            this.channel.close();
        }

        @Override
        public boolean isOpen() {
            return this.channel.isOpen();
        }

        @Override
        public long size() {
            throw unexpected();
        }

        @Override
        public AsynchronousFileChannel truncate(long size) {
            throw unexpected();
        }

        @Override
        public <A> void lock(long position, long size, boolean shared, A attachment,
                CompletionHandler<FileLock, ? super A> handler) {
            throw unexpected();
        }

        @Override
        public Future<FileLock> lock(long position, long size, boolean shared) {
            throw unexpected();
        }

        @Override
        public FileLock tryLock(long position, long size, boolean shared) {
            throw unexpected();
        }

        @Override
        public <A> void read(ByteBuffer target, long position, A attachment,
                CompletionHandler<Integer, ? super A> handler) {
            throw unexpected();
        }

        @Override
        public Future<Integer> read(ByteBuffer target, long position) {
            throw unexpected();
        }

        @Override
        public <A> void write(ByteBuffer source, long position, A attachment,
                CompletionHandler<Integer, ? super A> handler) {
            throw unexpected();
        }

        @Override
        public Future<Integer> write(ByteBuffer source, long position) {
            throw unexpected();
        }

    }

}
