package tierwatch.rollingtier;

import com.alibaba.fastjson2.JSON;

/** What the job needs of an event. */
final class Booking {
    /** The names of the JSON that fastjson2 binds; it skips the others. */
    public static final class Document {
        public String event_id;
        public String customer_id;
        public String direction;
        public String event_time;
        public String booking_date;
        public long amount_minor;
        public long balance_after_minor;
    }

    final String customer;
    /** The id, as 64 bits. */
    final long id;
    final boolean credit;
    final long amount;
    final long balance;
    /** Seconds since 1970 of the event, days since 1970 of its booking. */
    final long time;
    final int day;

    private Booking(Document d) {
        customer = d.customer_id;
        id = hash(d.event_id);
        credit = d.direction.charAt(0) == 'C';
        amount = d.amount_minor;
        balance = d.balance_after_minor;
        time = Days.second(d.event_time);
        day = Days.of(d.booking_date);
    }

    static Booking read(byte[] json) {
        return new Booking(JSON.parseObject(json, Document.class));
    }

    /** FNV-1a, mixed: two ids of one customer within 35 days do not meet. */
    private static long hash(String id) {
        long h = 0xcbf29ce484222325L;
        for (int i = 0; i < id.length(); i++) {
            h = (h ^ id.charAt(i)) * 0x100000001b3L;
        }
        return (h ^ h >>> 29) * 0xbf58476d1ce4e5b9L;
    }
}
