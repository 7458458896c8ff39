# Not how earsight is built: CMakeLists.txt is. This shim only lets `node-gyp rebuild` and tools that look for a
# binding.gyp reach the same build.
{
  'targets': [
    {
      'target_name': 'earsight',
      'type': 'none',
      'actions': [
        {
          'action_name': 'cmake',
          'inputs': ['CMakeLists.txt'],
          'outputs': ['build/Release/earsight.json'],
          'action': ['node', 'scripts/bootstrap/build.cjs'],
        },
      ],
    },
  ],
}
