package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileDescriptorsTest {
  @ParameterizedTest
  @CsvSource({
    "1024, 2, 376",
    "20000, 2, 9864",
    "524288, 8, 261984",
    "9223372036854775807, 1, 2147483647",
    "100, 64, 16"
  })
  void each_client_may_need_one_to_an_endpoint_too(long descriptors, int workers, int clients) {
    assertEquals(clients, FileDescriptors.available(descriptors, workers));
  }
}
