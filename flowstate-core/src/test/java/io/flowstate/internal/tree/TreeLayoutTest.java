package io.flowstate.internal.tree;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;

import io.flowstate.internal.page.HeapPagedState;
import io.flowstate.serialization.SerializerOutput;
import io.flowstate.serialization.Serializers;
import org.junit.jupiter.api.Test;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

/** The bytes of pages, as {@link TreeNode} and {@link OverflowPages} draw them. */
class TreeLayoutTest {

    private static final String LEAF = """
            4c 01 00 00  00000003 00000032 00000000 0000 0000
            00000047 61620000  0000003d 61630000  00000032 62000000
            000000000000
            0001 fffedcbb 62 00000007
            0002 00000002 6163 797a
            0002 00000001 6162 78
            """;

    private static final String INNER = """
            49 01 02 00  00000003 00000033 00000000 0001 0000
            00000042 00000000  0000003b 00000000  00000033 6f000000
            00000000000000
            0002 0000000c 6d6f
            0001 00000009 6d
            0000 00000005
            """;

    private static byte[] bytes(String golden) {
        return HexFormat.of().parseHex(golden.replaceAll("\\s", ""));
    }

    private static void insert(byte[] page, int index, String key, int word, String valueHex) {
        SerializerOutput cell = new SerializerOutput(16);
        TreeNode.writeCell(cell, key.getBytes(US_ASCII), key.length(), word);
        cell.writeBytes(HexFormat.of().parseHex(valueHex));
        TreeNode.insert(page, index, cell.array(), 0, cell.length());
    }

    private static byte[] leaf() {
        byte[] page = new byte[80];
        TreeNode.format(page, 0);
        insert(page, 0, "ab", 1, "78");
        insert(page, 1, "ac", 2, "797a");
        insert(page, 2, "b", -0x12345, "00000007");
        return page;
    }

    @Test
    void theBytesOfALeafAreThoseOfTheFormat() {
        assertThat(leaf()).isEqualTo(bytes(LEAF));
        assertThat(TreeNode.damage(leaf(), 0)).isNull();
    }

    @Test
    void theBytesOfAnInnerPageAreThoseOfTheFormat() {
        byte[] page = new byte[72];
        TreeNode.format(page, 2);
        insert(page, 0, "", 5, "");
        insert(page, 1, "m", 9, "");
        insert(page, 2, "mo", 12, "");

        assertThat(page).isEqualTo(bytes(INNER));
        assertThat(TreeNode.damage(page, 2)).isNull();
    }

    @Test
    void theBytesOfOverflowPagesAreThoseOfTheFormat() {
        HeapPagedState state = new HeapPagedState(512, new SplittableRandom(1));
        byte[] value = new byte[600];
        Arrays.fill(value, (byte) 0xab);
        new TreeSortedMap<>(state, Serializers.int32(), Serializers.bytes()).put(1, value);

        byte[] first = state.read((view) -> view.page(2).clone());
        byte[] second = state.read((view) -> view.page(1).clone());

        assertThat(first).isEqualTo(bytes("4f 01 0000 00000001 00000000" + "ab".repeat(500)));
        assertThat(second).isEqualTo(bytes("4f 01 0000 00000000 00000001" + "ab".repeat(100)));
    }

    @Test
    void removedCellsAreCountedAsUnused() {
        byte[] page = leaf();

        TreeNode.remove(page, 0, 1);

        assertThat(page).startsWith(bytes("4c 01 00 00  00000002 00000032 00000009"));
        assertThat(TreeNode.usedBytes(page)).isEqualTo(20 + 2 * 8 + 10 + 11);
        assertThat(TreeNode.search(page, new byte[] { 'a', 'c' }, 2)).isZero();
        assertThat(TreeNode.search(page, new byte[] { 'b' }, 1)).isOne();
    }

    @Test
    void aPageOfAnotherKindFormatOrLevelIsRecognised() {
        byte[] inner = bytes(INNER);
        byte[] newer = leaf();
        newer[1] = 2;

        assertThat(TreeNode.damage(inner, 0)).contains("kind");
        assertThat(TreeNode.damage(inner, 1)).contains("level 2 at level 1");
        assertThat(TreeNode.damage(newer, 0)).contains("format 2");
        assertThat(TreeNode.damage(new byte[10], 0)).contains("10 bytes");
        assertThat(TreeNode.damage(new byte[100], 0)).contains("kind 0");
    }

}
