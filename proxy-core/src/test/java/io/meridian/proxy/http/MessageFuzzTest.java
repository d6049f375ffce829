package io.meridian.proxy.http;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** {@link MessageProperties} under whatever bytes a fuzzer finds. */
public class MessageFuzzTest {
  @FuzzTest
  public void requests_have_one_meaning(byte[] input) {
    MessageProperties.requests(input);
  }

  @FuzzTest
  public void responses_have_one_meaning(byte[] input) {
    MessageProperties.responses(input, Method.GET);
    MessageProperties.responses(input, Method.HEAD);
  }
}
