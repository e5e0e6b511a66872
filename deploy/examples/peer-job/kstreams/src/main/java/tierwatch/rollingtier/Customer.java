package tierwatch.rollingtier;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A customer: the sums of his days, the ids of 35 days, balance and tier. */
final class Customer {
    private static final int KEPT = 400;
    private static final int REMEMBERED = 35;

    boolean seen;
    int tier;
    int day;
    long balance;
    long newest;

    // Days with an event, ascending, and what came of them.
    int days;
    int[] at = new int[2];
    int[] count = new int[2];
    long[] in = new long[2];
    long[] out = new long[2];

    // Ids that are remembered, in the order of their arrival.
    int ids;
    int[] idDay = new int[2];
    long[] id = new long[2];

    /** Takes a booking; gives the output if the tier changes, else null. */
    byte[] take(Booking b) {
        if (seen && b.day <= day - KEPT) {
            return null;
        }
        int now = seen ? Math.max(day, b.day) : b.day;
        boolean remembered = b.day > now - REMEMBERED;
        if (remembered && knows(b.id)) {
            return null;
        }
        if (seen && now > day) {
            forget(now);
        }
        if (remembered) {
            remember(b);
        }
        int i = place(b.day);
        count[i]++;
        if (b.credit) {
            in[i] += b.amount;
        } else {
            out[i] += b.amount;
        }
        if (!seen || b.time >= newest) {
            balance = b.balance;
            newest = b.time;
        }
        seen = true;
        day = now;
        return judge(b.customer);
    }

    private boolean knows(long which) {
        for (int i = ids - 1; i >= 0; i--) {
            if (id[i] == which) {
                return true;
            }
        }
        return false;
    }

    private void remember(Booking b) {
        if (ids == id.length) {
            id = Arrays.copyOf(id, 2 * ids);
            idDay = Arrays.copyOf(idDay, 2 * ids);
        }
        id[ids] = b.id;
        idDay[ids++] = b.day;
    }

    private void forget(int now) {
        int left = 0;
        for (int i = 0; i < ids; i++) {
            if (idDay[i] > now - REMEMBERED) {
                id[left] = id[i];
                idDay[left++] = idDay[i];
            }
        }
        ids = left;
        int gone = 0;
        while (gone < days && at[gone] <= now - KEPT) {
            gone++;
        }
        if (gone > 0) {
            shift(gone, 0);
            days -= gone;
        }
    }

    /** Moves the days from one place on to another. */
    private void shift(int from, int to) {
        int n = days - from;
        System.arraycopy(at, from, at, to, n);
        System.arraycopy(count, from, count, to, n);
        System.arraycopy(in, from, in, to, n);
        System.arraycopy(out, from, out, to, n);
    }

    /** The place of a day, made where it is missing. */
    private int place(int d) {
        int i = days;
        while (i > 0 && at[i - 1] >= d) {
            i--;
        }
        if (i < days && at[i] == d) {
            return i;
        }
        if (days == at.length) {
            at = Arrays.copyOf(at, 2 * days);
            count = Arrays.copyOf(count, 2 * days);
            in = Arrays.copyOf(in, 2 * days);
            out = Arrays.copyOf(out, 2 * days);
        }
        shift(i, i + 1);
        days++;
        at[i] = d;
        count[i] = 0;
        in[i] = 0;
        out[i] = 0;
        return i;
    }

    private byte[] judge(String customer) {
        long in365 = 0;
        long in30 = 0;
        long out30 = 0;
        long count90 = 0;
        int days90 = 0;
        for (int i = days - 1; i >= 0 && at[i] > day - 365; i--) {
            in365 += in[i];
            if (at[i] > day - 90) {
                count90 += count[i];
                days90++;
            }
            if (at[i] > day - 30) {
                in30 += in[i];
                out30 += out[i];
            }
        }
        long score = (40 * share(balance, 20_000_000) + 30 * share(in365, 10_000_000) + 20 * share(count90, 20) + 10 * share(days90, 12)) / 100;
        int next = score >= 750 ? 4 : score >= 500 ? 3 : score >= 300 ? 2 : score >= 150 ? 1 : 0;
        if (next == tier) {
            return null;
        }
        StringBuilder b = new StringBuilder(288).append("{\"customer_id\":\"").append(customer).append("\",\"day\":\"");
        Days.append(b, day);
        b.append("\",\"old_tier\":").append(tier).append(",\"new_tier\":").append(next).append(",\"score\":").append(score);
        b.append(",\"balance_minor\":").append(balance).append(",\"in_30d_minor\":").append(in30);
        b.append(",\"in_365d_minor\":").append(in365).append(",\"out_30d_minor\":").append(out30);
        b.append(",\"count_90d\":").append(count90).append(",\"active_days_90d\":").append(days90).append('}');
        tier = next;
        return b.toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static long share(long v, long full) {
        return v <= 0 ? 0 : v >= full ? 1000 : v * 1000 / full;
    }
}
