package tierwatch.rollingtier;

import java.util.Arrays;

/** A customer as bytes: numbers of variable length, days as their distance. */
final class CustomerBytes {
    private byte[] bytes;
    private int at;

    private CustomerBytes(byte[] bytes) {
        this.bytes = bytes;
    }

    private static final ThreadLocal<CustomerBytes> WRITER = ThreadLocal.withInitial(() -> new CustomerBytes(new byte[1 << 12]));

    static byte[] write(Customer c) {
        CustomerBytes w = WRITER.get();
        int most = 64 + 32 * c.days + 16 * c.ids;
        if (w.bytes.length < most) {
            w.bytes = new byte[2 * most];
        }
        w.at = 0;
        w.put(c.tier);
        w.put(c.day);
        w.put(c.balance << 1 ^ c.balance >> 63);
        w.put(c.newest);
        w.put(c.days);
        for (int i = 0; i < c.days; i++) {
            w.put(c.day - c.at[i]);
            w.put(c.count[i]);
            w.put(c.in[i]);
            w.put(c.out[i]);
        }
        w.put(c.ids);
        for (int i = 0; i < c.ids; i++) {
            w.put(c.day - c.idDay[i]);
            for (int shift = 0; shift < 64; shift += 8) {
                w.bytes[w.at++] = (byte) (c.id[i] >>> shift);
            }
        }
        return Arrays.copyOf(w.bytes, w.at);
    }

    static Customer read(byte[] bytes) {
        CustomerBytes r = new CustomerBytes(bytes);
        Customer c = new Customer();
        c.seen = true;
        c.tier = (int) r.get();
        c.day = (int) r.get();
        long balance = r.get();
        c.balance = balance >>> 1 ^ -(balance & 1);
        c.newest = r.get();
        c.days = (int) r.get();
        int room = c.days + 1;
        c.at = new int[room];
        c.count = new int[room];
        c.in = new long[room];
        c.out = new long[room];
        for (int i = 0; i < c.days; i++) {
            c.at[i] = c.day - (int) r.get();
            c.count[i] = (int) r.get();
            c.in[i] = r.get();
            c.out[i] = r.get();
        }
        c.ids = (int) r.get();
        c.idDay = new int[c.ids + 1];
        c.id = new long[c.ids + 1];
        for (int i = 0; i < c.ids; i++) {
            c.idDay[i] = c.day - (int) r.get();
            for (int shift = 0; shift < 64; shift += 8) {
                c.id[i] |= (r.bytes[r.at++] & 0xffL) << shift;
            }
        }
        return c;
    }

    private void put(long v) {
        for (; (v & ~0x7fL) != 0; v >>>= 7) {
            bytes[at++] = (byte) (v | 0x80);
        }
        bytes[at++] = (byte) v;
    }

    private long get() {
        long v = 0;
        for (int shift = 0; ; shift += 7) {
            byte b = bytes[at++];
            v |= (b & 0x7fL) << shift;
            if (b >= 0) {
                return v;
            }
        }
    }
}
