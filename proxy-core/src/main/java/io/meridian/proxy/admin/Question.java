package io.meridian.proxy.admin;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What of an admin request decides its answer; it may go to another thread.
 *
 * @param wellFormed whether it could be parsed
 * @param path as sent, without the query
 * @param origin of the page that a browser sends it for; null: from no page, or a page's own read
 * @param fetchSite what a browser says of the page that asks (W3C, Fetch Metadata, 2.3); null: from
 *     no browser
 * @param address that it comes from
 * @param query decodes when asked, and then may throw {@link IllegalArgumentException}
 */
record Question(
    boolean wellFormed,
    HttpMethod method,
    String path,
    QueryStringDecoder query,
    @Nullable String host,
    @Nullable String accept,
    @Nullable String authorization,
    @Nullable String origin,
    @Nullable String fetchSite,
    String address) {

  static Question of(FullHttpRequest request, Channel channel) {
    String uri = request.uri();
    int query = uri.indexOf('?');
    return new Question(
        request.decoderResult().isSuccess(),
        request.method(),
        query < 0 ? uri : uri.substring(0, query),
        new QueryStringDecoder(uri),
        request.headers().get(HttpHeaderNames.HOST),
        request.headers().get(HttpHeaderNames.ACCEPT),
        request.headers().get(HttpHeaderNames.AUTHORIZATION),
        request.headers().get(HttpHeaderNames.ORIGIN),
        request.headers().get("sec-fetch-site"),
        channel.remoteAddress() instanceof InetSocketAddress remote
            ? remote.getAddress().getHostAddress()
            : "an unknown address");
  }
}
